"""The one error type of these tools, and the exit codes of sysexits.h that they use."""

import sys

USAGE = 64  #: the command was given wrong words
DATA = 65  #: a file is not what it should be
UNAVAILABLE = 69  #: something outside is missing, mostly the network
CANNOT_CREATE = 73  #: the result cannot be put where it was wanted


class ToolError(Exception):
    """Why a tool stopped: what went wrong with what, what was expected, what was found, what to do."""

    def __init__(self, exit_code, what, expected=None, found=None, remedy=None):
        super().__init__(what)
        self.exit_code, self.what = exit_code, what
        self.expected, self.found, self.remedy = expected, found, remedy

    def __str__(self):
        parts = [self.what]
        for name, value in (("expected", self.expected), ("found", self.found), ("what to do", self.remedy)):
            if value is not None:
                parts.append(f"  {name}: {value}")
        return "\n".join(parts)


def run(program, arguments, parse, work):
    """Runs `work` on what `parse` makes of the arguments, and gives the process's exit code."""
    try:
        work(parse(arguments))
        return 0
    except ToolError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return 130
