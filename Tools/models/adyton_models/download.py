"""Fetches one large file over HTTP: bounded, checked by digest, and put in place only when it is right."""

import hashlib
import http.client
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import DATA, UNAVAILABLE, USAGE, ToolError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """What to fetch, and how to know it again."""

    url: str
    sha256: str
    name: str
    maximum_bytes: int
    attempts: int = 3
    pause_in_seconds: float = 2.0
    timeout_in_seconds: float = 30.0


class _Interrupted(Exception):
    """The connection failed in a way that another attempt may cure."""


def sha256_of(path):
    """The SHA-256 of a file, in lower-case hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_digest(path, sha256, remedy):
    """Refuses a file whose SHA-256 is another."""
    found = sha256_of(path)
    if found != sha256:
        raise ToolError(DATA, f"{path} is not the expected file", f"SHA-256 {sha256}", f"SHA-256 {found}", remedy)


def fetch(source, cache):
    """The path of the file in the folder `cache`, downloaded unless it is there already with the right digest."""
    if urlsplit(source.url).scheme not in ("http", "https"):
        raise ToolError(USAGE, f"{source.url} cannot be fetched", "an http or https address", "another kind")
    cache = Path(cache)
    place = cache / source.name
    if place.is_file():
        if sha256_of(place) == source.sha256:
            return place
        print(f"{place} is damaged: fetching it again", file=sys.stderr)
    cache.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, source.attempts + 1):
        try:
            return _attempt(source, cache, place)
        except _Interrupted as failure:
            if attempt == source.attempts:
                raise ToolError(
                    UNAVAILABLE, f"{source.name} is missing and cannot be fetched", source.url, failure,
                    "try again where there is a network, or get the file another way and give it with --weights"
                ) from failure
            time.sleep(source.pause_in_seconds)
    raise ToolError(USAGE, "nothing was tried", "at least one attempt", source.attempts)


def _attempt(source, cache, place):
    descriptor, part = tempfile.mkstemp(prefix=f".{source.name}.", suffix=".part", dir=cache)
    try:
        with os.fdopen(descriptor, "wb") as file:
            found = _receive(source, file)
            file.flush()
            os.fsync(file.fileno())
        if found != source.sha256:
            raise ToolError(
                DATA, f"{source.url} is not the expected file", f"SHA-256 {source.sha256}", f"SHA-256 {found}",
                "do not use it; fetch from the original address, or ask whoever keeps the mirror")
        os.chmod(part, 0o644)
        os.replace(part, place)
        return place
    finally:
        if os.path.exists(part):
            os.unlink(part)


def _receive(source, file):
    """Copies the answer's body and gives its SHA-256. Never reads more than the source's bound."""
    digest, received = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(source.url, timeout=source.timeout_in_seconds) as answer:
            stated = answer.headers.get("Content-Length")
            promised = int(stated) if stated is not None and stated.isdigit() else None
            if promised is not None and promised > source.maximum_bytes:
                raise _too_large(source, f"{promised} bytes")
            while chunk := answer.read(_CHUNK):
                received += len(chunk)
                if received > source.maximum_bytes:
                    raise _too_large(source, "more")
                digest.update(chunk)
                file.write(chunk)
                _show(source.name, received, promised)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code < 500:
            raise ToolError(
                UNAVAILABLE, f"{source.name} is missing and cannot be fetched", f"an answer from {source.url}",
                f"HTTP status {error.code} {error.reason}",
                "give another address with --url, or the file with --weights"
            ) from error
        raise _Interrupted(f"HTTP status {error.code} {error.reason}") from error
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise _Interrupted(getattr(error, "reason", error)) from error
    finally:
        _show(source.name, None, None)
    if promised is not None and received < promised:
        raise _Interrupted(f"the connection ended after {received} of {promised} bytes")
    return digest.hexdigest()


def _too_large(source, found):
    return ToolError(
        DATA, f"{source.url} is too large", f"at most {source.maximum_bytes} bytes", found,
        "do not use it; fetch from the original address, or ask whoever keeps the mirror")


def _show(name, received, promised):
    """A line of progress that is rewritten in place, on a terminal only. Without `received` it ends the line."""
    if not sys.stderr.isatty():
        return
    if received is None:
        print(file=sys.stderr)
    else:
        share = f"{100 * received / promised:3.0f} %  " if promised else ""
        print(f"\r{name}: {share}{received / 1e6:.0f} MB", end="", file=sys.stderr, flush=True)
