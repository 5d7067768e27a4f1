"""An ordinary web service that counts words, of Python's standard library alone.

It contains no code for Adyton: `python3 hello.py` runs it anywhere, and the same file runs in a sealed machine.
"""

import collections
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAXIMUM_BYTES = 1 << 20


class Handler(BaseHTTPRequestHandler):
    """Answers `GET /` and `POST /count`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != "/":
            return self.answer(404, "not found\n", "text/plain")
        self.answer(200, "Hello from a sealed machine. POST a text to /count.\n", "text/plain")

    def do_POST(self):
        size = self.headers.get("Content-Length", "")
        if self.path != "/count" or not size.isdecimal() or int(size) > MAXIMUM_BYTES:
            self.close_connection = True  # The body is not read.
            return self.answer(400, "POST a text of at most 1 MiB to /count\n", "text/plain")
        words = re.findall(r"\w+", self.rfile.read(int(size)).decode("utf-8", errors="replace").lower())
        counts = dict(collections.Counter(words).most_common(5))
        self.answer(200, json.dumps({"words": len(words), "most": counts}) + "\n", "application/json")

    def answer(self, status, text, kind):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Logs nothing: what clients send is theirs."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
