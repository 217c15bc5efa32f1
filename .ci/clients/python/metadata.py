"""Compares the answers that ../metadata has gathered with those recorded from PostgreSQL, or records them."""
import difflib
import re
import sys


def normal(line):
    # oids of our own objects, and whoever is connected, are each server's own; so are objects of flowgres's own schema
    return None if "flowgres" in line else re.sub(r"\b(1638[4-9]|1639\d|\d{8,10})\b", "OID", line)


def sections(text):
    out, name = {}, None
    for line in text.split("\n"):
        if line.startswith("== "):
            name = line[3:]
            out[name] = []
        elif name and (line := normal(line)) is not None and line:
            out[name].append(line)
    return out


record = sys.argv[1] == "--record"
folder, answers = sys.argv[-2:]
got = sections(open(answers).read())
recorded = f"{folder}/postgresql.txt"
if record:
    with open(recorded, "w") as f:
        for name, lines in got.items():
            f.write("\n".join([f"== {name}", *lines]) + "\n")
    print(f"{len(got)} answers recorded")
    sys.exit(0)
want = sections(open(recorded).read())
reasons = dict(line.rstrip("\n").split(" -- ", 1) for line in open(f"{folder}/differences") if " -- " in line and not line.startswith("#"))
failed = 0
for name in [*want, *(n for n in got if n not in want)]:
    same = got.get(name) == want.get(name)
    if same and name in reasons:
        print(f"{name}: FAILED")
        print(f"it does not differ any more, though {folder}/differences says so", file=sys.stderr)
        failed += 1
    elif same:
        print(f"{name}: ok")
    elif name in reasons:
        print(f"{name}: differs: {reasons[name]}")
    else:
        print(f"{name}: FAILED")
        print("\n".join(list(difflib.unified_diff(want.get(name, []), got.get(name, []), "PostgreSQL", "flowgres", lineterm="", n=0))[:30])[:3000], file=sys.stderr)
        failed += 1
print(f"\n{len(want) - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
