"""A small HTTP server on loopback whose answers a test chooses."""

import http.server
import threading


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers by path from the server's `answers`: (status, body, stated length or None for the true one)."""

    def do_GET(self):
        self.server.seen.append(self.path)
        status, body, stated = self.server.answers.get(self.path, (404, b"no", None))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if stated is None else stated))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the client had enough, as it should of a file too large

    def log_message(self, *_):
        """Says nothing: a test's output is for failures."""


class LoopbackServer:
    """Serves `answers` on a free port of 127.0.0.1 while a `with` block runs."""

    def __init__(self, answers):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._server.answers, self._server.seen = answers, []
        self.seen = self._server.seen
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
