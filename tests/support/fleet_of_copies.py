"""Many tenants in little time: one is made by mtm, the others are copies of its folder with keys of their own."""
import json
import shutil


def make_copies(box, count, rows=2):
    """`count` SQLite tenants t0000 … with a model Customer and so many rows; the gateway must not run. Their names."""
    names = [f"t{number:04}" for number in range(count)]
    box.mtm("add", names[0])
    box.mtm("model", f"{names[0]}:Customer", "name:string!")
    if rows:
        box.mtm("import", f"{names[0]}:Customer", "-", stdin="".join(json.dumps({"name": f"c{n}"}) + "\n" for n in range(rows)))
    first = box.tenants / names[0]
    for number, name in enumerate(names[1:], 1):
        shutil.copytree(first, box.tenants / name, ignore=shutil.ignore_patterns(".schema.json*"))
        path = box.tenants / name / "tenant.json"
        config = json.loads(path.read_text() or "{}")
        config["key"] = f"c{number:07}"
        path.write_text(json.dumps(config))
    return names
