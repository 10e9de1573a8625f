"""The table: one module per subject, each with its groups in GROUPS."""
import importlib
import pathlib
import pkgutil


def all_cases():
    names = sorted(module.name for module in pkgutil.iter_modules([str(pathlib.Path(__file__).parent)]))
    groups = [group for name in names for group in importlib.import_module(f"table.{name}").GROUPS]
    cases = [case for group in groups for case in group.cases]
    assert len({(case.group, case.name) for case in cases}) == len(cases), "two cases have one name"
    return cases
