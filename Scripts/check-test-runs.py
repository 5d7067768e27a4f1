#!/usr/bin/env python3
"""Checks that the groups of Scripts/test.sh run every test exactly once: check-test-runs.py LIST FOLDER

LIST is what `swift test list` printed. FOLDER has what each group's `swift test --xunit-output` wrote: a skipped test is
in there, too.
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def plain(name):
    """A test's name without backticks and argument labels."""
    return re.sub(r"\([^()]*\)$", "", name.strip()).replace("`", "")


def listed(text):
    """The tests of a list: `Module.Suite/name(labels:)` a line."""
    return {plain(line).replace("/", ".") for line in text.splitlines() if re.match(r"\w+Tests\.", line)}


def ran(folder):
    """Each test that a group ran, with the groups."""
    groups = collections.defaultdict(list)
    for file in sorted(folder.glob("*.xml")):
        for case in xml.parse(file).iter("testcase"):
            test = f"{case.get('classname')}.{plain(case.get('name'))}"
            # A list has a slash between suite and test only, so that a name's own slashes become dots, too.
            groups[test.replace("`", "").replace("/", ".")].append(file.stem)
    return groups


def problems(tests, groups):
    """Lines that say which tests no group ran, several ran, or that nobody listed."""
    lines = [f"{test}: in no group" for test in sorted(tests - groups.keys())]
    lines += [f"{test}: not in the list" for test in sorted(groups.keys() - tests)]
    # Two tests of one suite may differ in their labels alone; a group then has the name twice.
    lines += [f"{test}: in {', '.join(names)}" for test, names in sorted(groups.items()) if len(set(names)) > 1]
    return lines


def main():
    tests = listed(pathlib.Path(sys.argv[1]).read_text())
    groups = ran(pathlib.Path(sys.argv[2]))
    found = problems(tests, groups)
    for line in found:
        print(f"check-test-runs: {line}", file=sys.stderr)
    if not tests or found:
        sys.exit(1)
    print(f"check-test-runs: each of {len(tests)} tests ran in one group")


if __name__ == "__main__":
    main()
