"""Asking a web server as fast as it answers: raw sockets that stay open, so that the asking costs little."""

import itertools
import selectors
import socket
import time

CONNECTIONS = 8
PIECE = 1 << 16


class Wrong(Exception):
    """A server that does not answer 200; says what it answered."""


class Line:
    """One open connection with one question under way. Its answers: HTTP/1.1, with a length or in chunks."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard = b""

    def ask(self, path):
        """Send the next question."""
        self.heard = b""
        self.socket.sendall(path)

    def whole(self):
        """Read on; is the answer complete? Raises Wrong."""
        piece = self.socket.recv(PIECE)
        self.heard += piece
        head, blank, body = self.heard.partition(b"\r\n\r\n")
        if not piece or not self.heard.startswith(b"HTTP/1.1 200"[: len(self.heard)]):
            raise Wrong(self.heard[:300])
        if not blank:
            return False
        at = head.lower().find(b"content-length:")
        if at < 0:
            return body.endswith(b"0\r\n\r\n")
        return len(body) >= int(head[at + 15 :].partition(b"\r")[0])


def questions(paths):
    """Paths as what goes over the line."""
    return [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode() for path in paths]


def hold(port, asked, length):
    """Ask for `length` seconds on all connections. Returns (seconds an answer, share of one processor that asking took).

    asked: as `questions` gives them, over and over. Raises Wrong.
    """
    lines, asked, answers = [Line(port) for _ in range(CONNECTIONS)], itertools.cycle(asked), 0
    ready = selectors.DefaultSelector()
    began, busy = time.perf_counter(), time.process_time()
    for line in lines:
        ready.register(line.socket, selectors.EVENT_READ, line)
        line.ask(next(asked))
    while (took := time.perf_counter() - began) < length or not answers:
        for key, _events in ready.select(1):
            if key.data.whole():
                answers += 1
                key.data.ask(next(asked))
    busy = time.process_time() - busy
    for line in lines:
        line.socket.close()
    return took / answers, busy / took
