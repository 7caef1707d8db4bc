"""A receiver of messages on this machine that answers as it is told to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """A server on this machine that keeps what it is sent, and answers by a list of answers, the last one for ever.

    An answer is a status, a pair of a status and headers, or "hang": take the message and say nothing.
    """

    def __init__(self):
        self.answers, self.bodies, self.headers, self.paths = [200], [], [], []
        self._released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver._take(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.bodies.append(json.loads(body))
        self.headers.append(dict(handler.headers))
        self.paths.append(handler.path)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "hang":
            self._released.wait(10)
            return
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    @property
    def seen(self):
        """The states of the changes as a receiver has them that drops ids that it has, in order."""
        changes = {change["id"]: change for body in self.bodies for change in body["changes"]}
        return [(change["fingerprint"], change["sequence"], change["state"]) for change in changes.values()]

    def wrap(self, context):
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None

    def close(self):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
