"""An object store on this machine that speaks enough S3 to be read: buckets are folders, and keys are checked."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY, SECRET, TOKEN = "AKIATESTTESTTESTTEST", "a/secret+of+the+tests", "a-token-of-the-session"


class ObjectStore(ThreadingHTTPServer):
    """Serves the folders in `root`, read only, to those who sign with `KEY` and hold `TOKEN`.

    `served` has (method, key, bytes) of each answer; when it `is_closed`, nobody is let in.
    """

    daemon_threads = True

    def __init__(self, root):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.served, self.is_closed = Path(root), [], False

    @property
    def address(self):
        """Its address, without the scheme."""
        return f"127.0.0.1:{self.server_address[1]}"

    def settings(self, **other):
        """Return what Hadoop is told of it; further names with _ for a dot."""
        told = {"access.key": KEY, "secret.key": SECRET, "session.token": TOKEN, "endpoint": f"http://{self.address}",
                "path.style.access": "true", **{name.replace("_", "."): value for name, value in other.items()}}
        return {f"fs.s3a.{name}": value for name, value in told.items()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, with_body):
        url = urlsplit(self.path)
        key, query = unquote(url.path).strip("/"), {name: values[0] for name, values in parse_qs(url.query).items()}
        who = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        who = who[1] if who else "nobody"
        if self.server.is_closed or who != KEY or self.headers.get("x-amz-security-token") != TOKEN:
            return self._error(403, "InvalidAccessKeyId", f"<AWSAccessKeyId>{who}</AWSAccessKeyId>", with_body)
        path = self.server.root / key
        if "list-type" in query:
            return self._send(200, self._listing(path, query), with_body, key)
        if not path.is_file():
            return self._error(404, "NoSuchKey", "", with_body)
        body, code, more = path.read_bytes(), 200, {}
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if asked and with_body:
            low = int(asked[1]) if asked[1] else len(body) - int(asked[2])
            high = min(int(asked[2]), len(body) - 1) if asked[1] and asked[2] else len(body) - 1
            body, code, more = body[low:high + 1], 206, {"Content-Range": f"bytes {low}-{high}/{len(body)}"}
        self._send(code, body, with_body, key, more)

    def _listing(self, bucket, query):
        prefix, after = query.get("prefix", ""), query.get("start-after", "")
        names = sorted(str(path.relative_to(bucket)) for path in bucket.rglob("*") if path.is_file())
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{(bucket / name).stat().st_size}</Size><ETag>\"1\"</ETag>"
            "<LastModified>2024-03-01T00:00:00.000Z</LastModified><StorageClass>STANDARD</StorageClass></Contents>"
            for name in names if name.startswith(prefix) and name > after)
        return (f"<ListBucketResult><Name>{bucket.name}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>1</KeyCount>"
                f"<IsTruncated>false</IsTruncated>{rows}</ListBucketResult>").encode()

    def _error(self, code, word, more, with_body):
        body = f"<Error><Code>{word}</Code><Message>{word}</Message>{more}</Error>".encode()
        self._send(code, body, with_body, word)

    def _send(self, code, body, with_body, key, more=None):
        self.server.served.append((self.command, key, len(body) if with_body else 0))
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), "Content-Type": "application/xml", "ETag": '"1"',
                            "Last-Modified": "Fri, 01 Mar 2024 00:00:00 GMT", **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)


@contextmanager
def object_store(root):
    """Run a store on a free port while the block runs."""
    store = ObjectStore(root)
    thread = threading.Thread(target=store.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        store.shutdown()
        store.server_close()
        thread.join()
