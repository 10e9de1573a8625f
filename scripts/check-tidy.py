#!/usr/bin/env python3
"""Checks the rules of docs/STYLE.md that are cheap to check: layers, heavy headers, detached coroutines, bare TODOs.

Prints one line per finding, `file:line: what`, and exits 1 if there is one.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOPS = ("base", "gateway", "mtg", "mtm", "tenant-app")
HEAVY = re.compile(r"boost/(beast|process)|CLI/|spdlog")  # 4 to 14 s of compilation each


def read_layers():
    layers = {}
    for line in (ROOT / "scripts/layers.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            folder, allowed = line.split(":")
            layers[folder.strip()] = {folder.strip(), *allowed.split()}
    return layers


def layer_of(folder, layers):
    """The listed folder that `folder` is in: a subfolder without a line of its own belongs to its parent."""
    while folder and folder not in layers:
        folder = folder.rpartition("/")[0]
    return folder


def findings(path, text, layers):
    relative = path.relative_to(ROOT).as_posix()
    ours = relative.startswith(TOPS)
    layer = layer_of(relative.rpartition("/")[0], layers) if ours else None
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'#include "([^"]+)"', line)
        if include and ours:
            target = layer_of(include[1].rpartition("/")[0], layers)
            if not target:
                yield number, f'#include "{include[1]}" is not written from the root'
            elif target not in layers[layer]:
                yield number, f"{layer} may not include {target} (scripts/layers.txt)"
        if path.suffix == ".hpp" and ours and line.startswith("#include <") and HEAVY.search(line):
            yield number, "heavy header in a header; keep it in .cpp files"
        if "asio::detached" in line or re.search(r"\bdetached\)", line):
            yield number, "spawned without a handler that logs"
        if re.search(r"\bTODO\b(?!\(#\d+\))", line):
            yield number, "a TODO needs an issue number: TODO(#12)"
        if re.match(r"using namespace (?!std::(chrono_)?literals|std::string)", line) and ours:
            yield number, "using namespace at file level"


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.cpp", "*.hpp"], cwd=ROOT, capture_output=True, text=True, check=True)
    layers = read_layers()
    count = 0
    for name in listed.stdout.split():
        path = ROOT / name
        if not path.exists():
            continue
        for number, what in findings(path, path.read_text(), layers):
            print(f"{name}:{number}: {what}")
            count += 1
    print(f"{len(listed.stdout.split())} files, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
