"""What the command lines have in common."""

import argparse

from .errors import USAGE, ToolError


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors end with exit code 64, like other errors of these tools."""

    def __init__(self, program, summary, example):
        super().__init__(
            prog=program, description=summary, epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message):
        raise ToolError(USAGE, message, remedy=f"see {self.prog} --help")
