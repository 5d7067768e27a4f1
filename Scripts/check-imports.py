#!/usr/bin/env python3
"""Compares what targets import with what Package.swift declares for them.

    Scripts/check-imports.py

Fails where a Swift file imports a module that its target does not declare as a dependency, and where a target declares
one that none of its files imports. Tests, tools and benchmarks count. Runs in a second and builds nothing.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What the toolchain brings.
TOOLCHAIN = {
    "CxxStdlib", "Dispatch", "Foundation", "FoundationEssentials", "FoundationNetworking", "Glibc", "Musl",
    "PackageDescription", "Synchronization", "Testing",
}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)",
    re.MULTILINE,
)
KIND_FOLDERS = {"regular": "Sources", "executable": "Sources", "test": "Tests"}


def module_name(target):
    """The module that a target or product is imported as."""
    return target.replace("-", "_")


def declared_modules(target):
    """The modules behind a target's dependencies, each with the name that Package.swift gives it."""
    modules = {}
    for dependency in target["dependencies"]:
        ((_, (name, *_)),) = dependency.items()
        modules[module_name(name)] = name
    return modules


def imported_modules(folder):
    """The modules that a target's files import, each with the first file that does."""
    modules = {}
    for file in sorted(folder.rglob("*.swift")):
        if any(part.endswith(".docc") for part in file.parts):
            continue  # A step of a tutorial, which no target compiles.
        text = re.sub(r'"""[\s\S]*?"""', '""', file.read_text(encoding="utf-8"))
        for name in IMPORT.findall(text):
            modules.setdefault(name, file)
    return modules


def complaints(target):
    """What is wrong with a target, a line each."""
    name = target["name"]
    folder = ROOT / (target.get("path") or f"{KIND_FOLDERS[target['type']]}/{name}")
    imported = imported_modules(folder)
    if not imported and not any(folder.rglob("*.swift")):
        return []  # A shim of C or C++.
    declared = declared_modules(target)
    undeclared = [
        f"{name} imports {module} ({file.relative_to(ROOT)}), which it does not declare"
        for module, file in imported.items()
        if module not in declared and module not in TOOLCHAIN and module != module_name(name)
    ]
    unused = [f"{name} declares {spelling}, which it never imports"
              for module, spelling in declared.items() if module not in imported]
    return undeclared + unused


def main():
    dump = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True)
    targets = [target for target in json.loads(dump.stdout)["targets"] if target["type"] in KIND_FOLDERS]
    found = [line for target in targets for line in complaints(target)]
    for line in found:
        print(f"check-imports: {line}", file=sys.stderr)
    if found:
        return 1
    print(f"check-imports: {len(targets)} targets import what they declare, and nothing else")
    return 0


sys.exit(main())
