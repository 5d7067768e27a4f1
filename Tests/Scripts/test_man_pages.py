"""Scripts/man-pages.py against a program that prints a help of every form."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "Scripts/man-pages.py"
HELP = {
    "command": {
        "commandName": "tool",
        "abstract": "Does it.",
        "arguments": [],
        "subcommands": [
            {
                "commandName": "run",
                "superCommands": ["tool"],
                "abstract": "Run a \\ package.",
                "discussion": ".starts with a dot\n\nEXAMPLE\n  tool run --a 'b'\n",
                "arguments": [
                    {
                        "kind": "option",
                        "names": [{"kind": "long", "name": "port"}, {"kind": "short", "name": "p"}],
                        "preferredName": {"kind": "long", "name": "port"},
                        "valueName": "number",
                        "defaultValue": "8000",
                        "isOptional": True,
                        "abstract": "The port.",
                    },
                    {"kind": "positional", "valueName": "file", "isOptional": False, "isRepeating": True},
                    {"kind": "flag", "names": [], "shouldDisplay": False},
                ],
            },
            {"commandName": "secret", "superCommands": ["tool"], "shouldDisplay": False},
            {"commandName": "help", "superCommands": ["tool"]},
        ],
    }
}


class ManPagesTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        program = self.folder / "tool"
        program.write_text(f"#!/bin/sh\ncat <<'HELP'\n{json.dumps(HELP)}\nHELP\n")
        program.chmod(0o755)
        environment = dict(os.environ, SOURCE_DATE_EPOCH="86400")
        subprocess.run([SCRIPT, program, self.folder / "man", "1.2"], check=True, env=environment)

    def test_there_is_a_page_for_each_command_that_is_shown(self):
        self.assertEqual(sorted(path.name for path in (self.folder / "man").iterdir()), ["tool-run.1", "tool.1"])

    def test_a_page_has_names_values_and_the_date_of_the_source(self):
        page = (self.folder / "man/tool-run.1").read_text()
        self.assertIn('.TH "TOOL\\-RUN" 1 "1970-01-02" "tool 1.2" "User Commands"', page)
        self.assertIn("tool\\-run \\- Run a \\e package\n", page)
        self.assertIn("[\\fB\\-\\-port\\fR \\fInumber\\fR]\n\\fIfile\\fR ...\n", page)
        self.assertIn(".TP\n\\fB\\-\\-port\\fR, \\fB\\-p\\fR \\fInumber\\fR\nThe port.\nDefault: 8000.\n", page)

    def test_text_cannot_become_a_request(self):
        page = (self.folder / "man/tool-run.1").read_text()
        self.assertIn(".SH DESCRIPTION\n\\&.starts with a dot\n", page)
        self.assertIn('.SH "EXAMPLE"\n.nf\ntool run \\-\\-a \\(aqb\\(aq\n.fi\n', page)


if __name__ == "__main__":
    unittest.main()
