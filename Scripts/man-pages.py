#!/usr/bin/env python3
"""Makes manual pages of a program's own help texts, one page a command.

    Scripts/man-pages.py PROGRAM FOLDER VERSION

PROGRAM is asked for its help as JSON (--experimental-dump-help). FOLDER gets NAME.1 and NAME-SUBCOMMAND.1. The date is that
of SOURCE_DATE_EPOCH, and 1970-01-01 without it, so that the same program gives the same bytes.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys


def escaped(text: str) -> str:
    """Text that roff prints as it is: no escapes, no requests, hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("^", "\\(ha")
    text = text.replace("'", "\\(aq").replace("`", "\\(ga")
    return re.sub(r"^\.", r"\\&.", text, flags=re.MULTILINE)


def discussion(text: str) -> list[str]:
    """Paragraphs, headings in capitals, and indented lines, which stay as they are."""
    lines: list[str] = []
    is_heading_open = is_verbatim = False
    for line in text.split("\n"):
        if re.fullmatch(r"[A-Z][A-Z ]+", line):
            lines += ([".fi"] if is_verbatim else []) + [f'.SH "{escaped(line)}"']
            is_heading_open, is_verbatim = True, False
            continue
        wants_verbatim = line.startswith("  ")
        if line and wants_verbatim != is_verbatim:
            lines.append(".nf" if wants_verbatim else ".fi")
            is_verbatim = wants_verbatim
        if line:
            lines.append(escaped(line[2:] if wants_verbatim else line))
        elif not is_heading_open:
            lines.append(".PP")
        is_heading_open = False
    while lines and lines[-1] == ".PP":
        lines.pop()
    return lines + ([".fi"] if is_verbatim else [])


def spelling(name: dict[str, str]) -> str:
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def synopsis(argument: dict) -> str:
    """An argument as the synopsis has it, with brackets where it may be left out."""
    value = f"\\fI{escaped(argument.get('valueName', ''))}\\fR"
    if argument["kind"] == "positional":
        text = value
    else:
        text = f"\\fB{escaped(spelling(argument['preferredName']))}\\fR"
        text += f" {value}" if argument["kind"] == "option" else ""
    text += " ..." if argument.get("isRepeating") else ""
    return f"[{text}]" if argument.get("isOptional") else text


def described(argument: dict) -> list[str]:
    """An argument with its help, as a list's item."""
    value = f"\\fI{escaped(argument.get('valueName', ''))}\\fR"
    head = value
    if argument["kind"] != "positional":
        head = ", ".join(f"\\fB{escaped(spelling(name))}\\fR" for name in argument["names"])
        head += f" {value}" if argument["kind"] == "option" else ""
    texts = [argument.get("abstract", "")]
    if argument["kind"] == "option" and argument.get("defaultValue"):
        texts.append(f"Default: {argument['defaultValue']}.")
    if argument.get("allValues"):
        texts.append(f"Values: {', '.join(argument['allValues'])}.")
    texts.append(argument.get("discussion", ""))
    return [".TP", head] + [escaped(text) for text in texts if text]


def page(command: dict, program: str, version: str, date: str) -> str:
    words = command.get("superCommands", []) + [command["commandName"]]
    name = "-".join(words)
    shown = [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]
    below = [item for item in command.get("subcommands", []) if item.get("shouldDisplay", True)]
    lines = [
        f'.TH "{escaped(name.upper())}" 1 "{date}" "{program} {version}" "User Commands"',
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS",
        f"\\fB{escaped(' '.join(words))}\\fR",
    ]
    lines += ["\\fIcommand\\fR"] if below else []
    lines += [synopsis(argument) for argument in shown]
    text = command.get("discussion", "").strip("\n")
    if text:
        first = discussion(text)
        lines += ([] if first[0].startswith(".SH") else [".SH DESCRIPTION"]) + first
    sections: dict[str, list[dict]] = {}
    for argument in shown:
        usual = "ARGUMENTS" if argument["kind"] == "positional" else "OPTIONS"
        sections.setdefault((argument.get("sectionTitle") or usual).upper(), []).append(argument)
    for title, arguments in sections.items():
        lines.append(f'.SH "{escaped(title)}"')
        for argument in arguments:
            lines += described(argument)
    if below:
        lines.append(".SH COMMANDS")
        for item in below:
            if item["commandName"] != "help":
                lines += [".TP", f"\\fB{escaped(name + '-' + item['commandName'])}\\fR(1)"]
                lines.append(escaped(item.get("abstract", "")))
    if len(words) > 1:
        lines += [".SH SEE ALSO", f"\\fB{escaped('-'.join(words[:-1]))}\\fR(1)"]
    return "\n".join(lines) + "\n"


def write(command: dict, folder: pathlib.Path, program: str, version: str, date: str) -> None:
    """The page of a command and of all below it that are shown."""
    if not command.get("shouldDisplay", True) or command["commandName"] == "help":
        return
    name = "-".join(command.get("superCommands", []) + [command["commandName"]])
    (folder / f"{name}.1").write_text(page(command, program, version, date), encoding="utf-8")
    for item in command.get("subcommands", []):
        write(item, folder, program, version, date)


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit("usage: Scripts/man-pages.py PROGRAM FOLDER VERSION")
    program, folder, version = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    output = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True).stdout
    command = json.loads(output)["command"]
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    folder.mkdir(parents=True, exist_ok=True)
    write(command, folder, command["commandName"], version, moment.strftime("%Y-%m-%d"))


main()
