"""What a page weighs: the files that it loads, as a server sends them that compresses text."""

import gzip
import re
import sys
from functools import cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .book import BUILT, FOLDER, Handler, serve

__all__ = ["serving", "weight"]

TEXT = {".html", ".css", ".js", ".svg"}
PICTURE = re.compile(r'<img [^>]*\bsrc="([^"]+)"')


@cache
def sent(file, changed):
    """Bytes of a file on their way; `changed` says which of its versions."""
    raw = file.read_bytes()
    return gzip.compress(raw) if file.suffix in TEXT else raw


def weight(page, asked):
    """Kilobytes and number of what a page asked for, and of its pictures, which come late."""
    here = BUILT / page
    paths = [unquote(urlsplit(url).path) for url in asked]
    files = [BUILT / (path.partition(f"{FOLDER}/")[2] or path) for path in paths]
    pictures = {
        (here.parent / unquote(src)).resolve() for src in PICTURE.findall(here.read_text("utf8"))
    }
    files += pictures - {file.resolve() for file in files}
    sizes = [len(sent(file, file.stat().st_mtime_ns)) for file in files]
    return sum(sizes) / 1024, len(files)


class Compressing(Handler):
    """Serves the built book as a public server would: compressed, kept, under the given policy."""

    policy = ""

    def do_GET(self):
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            self.send_error(404)
            return
        body = sent(file, file.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if file.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Says nothing of browsers that close before they have been served."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serving(policy="", built=BUILT):
    """Serve a built book so; return its address."""
    return serve(built, handler=type("Handler", (Compressing,), {"policy": policy}), kind=Server)
