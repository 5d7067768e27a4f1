"""Model packs on disk: their files, their digest, and writing them whole or not at all."""

import hashlib
import json
import os
import shutil
import struct
import sys
import tempfile
from pathlib import Path

from .cli import Parser
from .errors import CANNOT_CREATE, DATA, ToolError, run

SCHEMA = "adyton.model-card/1"
CARD_NAME = "model-card.json"
DIGEST_DOMAIN = b"adyton.model-pack/1\n"


def file_digest(path):
    """The SHA-256 of one file, as 32 bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def pack_files(folder):
    """The relative paths of all files of a pack, with "/" between parts, ordered by their UTF-8 bytes.

    A link or a device is refused: what the digest covers must be what is read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ToolError(DATA, f"{folder} is not a model pack", "a folder", "no folder of that name")
    paths = []
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ToolError(
                DATA, f"{path} cannot be part of a model pack", "a plain file or a folder", "a link or a device")
        if path.is_file():
            paths.append(path.relative_to(folder).as_posix())
    return sorted(paths, key=lambda path: path.encode())


def pack_digest(folder):
    """The digest of a pack in lower-case hexadecimal: it covers every file's path, size and content.

    SHA-256 over the domain line, then for each file in the order of `pack_files`: the path's length, the path,
    the file's size, the file's SHA-256. Numbers are 64-bit little-endian.
    """
    whole = hashlib.sha256(DIGEST_DOMAIN)
    for path in pack_files(folder):
        name, file = path.encode(), Path(folder) / path
        whole.update(struct.pack("<Q", len(name)) + name)
        whole.update(struct.pack("<Q", file.stat().st_size) + file_digest(file))
    return whole.hexdigest()


def file_table(folder):
    """The card's `files`: size and SHA-256 of every file but the card itself."""
    return {
        path: {"sha256": file_digest(Path(folder) / path).hex(), "bytes": (Path(folder) / path).stat().st_size}
        for path in pack_files(folder) if path != CARD_NAME
    }


def read_card(folder):
    """The model card of a pack."""
    path = Path(folder) / CARD_NAME
    try:
        card = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ToolError(DATA, f"{folder} is not a model pack", CARD_NAME, "no such file") from None
    except ValueError as error:
        raise ToolError(DATA, f"{path} cannot be read", "JSON in UTF-8", str(error)) from error
    if not isinstance(card, dict) or card.get("schema") != SCHEMA:
        found = card.get("schema") if isinstance(card, dict) else type(card).__name__
        raise ToolError(DATA, f"{path} is not a model card of this kind", f"schema {SCHEMA}", found)
    return card


def check_files(folder):
    """Compares every file with the card and refuses on the first that differs, is missing or is extra."""
    stated, present = read_card(folder).get("files", {}), file_table(folder)
    for path in sorted(stated.keys() | present.keys()):
        if stated.get(path) != present.get(path):
            raise ToolError(
                DATA, f"{Path(folder) / path} does not match the model card", stated.get(path, "no such file"),
                present.get(path, "no such file"), "make the pack again, or get it again from where it came")


def encode_card(card):
    """The bytes of a card: UTF-8, two spaces of indentation, in the order given, one line feed at the end."""
    return (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode()


def check_target(output, force):
    """Refuses to write over anything, and with `force` over anything but a model pack or an empty folder."""
    output = Path(output)
    if not os.path.lexists(output):
        return
    if not force:
        raise ToolError(
            CANNOT_CREATE, f"{output} exists", "a name that is not taken", "a file or folder",
            "choose another --output, or replace it with --force")
    empty = output.is_dir() and not output.is_symlink() and not any(output.iterdir())
    if not empty and (output.is_symlink() or not (output / CARD_NAME).is_file()):
        raise ToolError(
            CANNOT_CREATE, f"{output} will not be replaced", f"a model pack (a folder with {CARD_NAME})",
            "something else", "choose another --output, or remove it yourself")


def write_pack(output, files, card, force=False):
    """Writes a pack: `files` by relative path, and `card`, to which the table of files is added.

    Everything goes into a folder beside the target, is flushed to the disk, and is then renamed, so whoever looks
    sees the old pack or the whole new one. After a failure nothing is left behind.
    """
    output = Path(output).absolute()
    check_target(output, force)
    output.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        for path, content in files.items():
            _write_file(staging / path, content)
        _write_file(staging / CARD_NAME, encode_card({**card, "files": file_table(staging)}))
        for folder, _, _ in os.walk(staging):
            os.chmod(folder, 0o755)
            _flush(folder)
        _put_in_place(staging, output)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return pack_digest(output)


def _put_in_place(staging, output):
    if os.path.lexists(output):
        aside = Path(tempfile.mkdtemp(prefix=f".{output.name}.old.", dir=output.parent))
        os.rename(output, aside / output.name)
        try:
            os.rename(staging, output)
        except OSError:
            os.rename(aside / output.name, output)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    else:
        os.rename(staging, output)
    _flush(output.parent)


def _write_file(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(path, 0o644)


def _flush(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parse(arguments):
    parser = Parser(
        "adyton_models.pack", "Prints a model pack's digest, or checks its files against its card.",
        "PYTHONPATH=Tools/models python -m adyton_models.pack digest Models/signal-flags")
    parser.add_argument("verb", choices=["digest", "check"])
    parser.add_argument("pack", metavar="PACK", help="the folder of a model pack")
    return parser.parse_args(arguments)


def _work(options):
    if options.verb == "check":
        check_files(options.pack)
    print(pack_digest(options.pack))


if __name__ == "__main__":
    sys.exit(run("adyton_models.pack", sys.argv[1:], _parse, _work))
