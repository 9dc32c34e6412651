"""Asking a web server as fast as it answers: raw sockets that stay open, as many to each of its processes.

Which process takes a connection is the kernel's choice, and left alone it gives all of them to one process as often as not:
measured of 8 connections to 2 processes, 8 + 0 in 14 of 22 tries. What is then measured is one processor, or two, by chance.
"""

import itertools
import selectors
import socket
import time
import uuid
from typing import NamedTuple

import psutil

EACH = 4  # connections to one process of the server
TRIES = 400  # connections that are opened for that at most
PIECE = 1 << 16
GOOD = (b"HTTP/1.1 200", b"HTTP/1.1 201")


class Wrong(Exception):
    """A server that does not answer 200 or 201, or whose processes cannot be told apart; says what it answered."""


class Held(NamedTuple):
    """What a turn came to. answer: seconds an answer. server: the server's seconds of processor an answer.

    asking: the share of one processor that asking took.
    """

    answer: float
    server: float
    asking: float


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
        if not piece or self.heard[: len(GOOD[0])] not in (good[: len(self.heard)] for good in GOOD):
            raise Wrong(self.heard[:300])
        if not blank:
            return False
        at = head.lower().find(b"content-length:")
        if at < 0:
            return body.endswith(b"0\r\n\r\n")
        return len(body) >= int(head[at + 15 :].partition(b"\r")[0])

    def is_held_by(self, process):
        """Whether a process of the server has the other end."""
        mine = self.socket.getsockname()
        return any(tuple(other.raddr) == mine for other in process.net_connections("tcp4") if other.raddr)


def questions(paths):
    """Paths as what goes over the line."""
    return [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode() for path in paths]


def posts(path, bodies):
    """JSON bodies to one path, each with a key of its own, as what goes over the line."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
    return [
        f"{head}Idempotency-Key: {uuid.uuid4().hex}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies
    ]


def workers(port):
    """The processes that answer on a port: our children that listen there, without the one that only minds the others."""
    listening = [
        child
        for child in psutil.Process().children(recursive=True)
        if any(each.laddr.port == port and each.status == psutil.CONN_LISTEN for each in child.net_connections("tcp4"))
    ]
    minding = {child.ppid() for child in listening}
    return [child for child in listening if child.pid not in minding]


def spread(port, question):
    """(open lines, the processes that hold them): EACH to every process. Raises Wrong.

    question: asked once on each line, since a connection is surely held when it has answered.
    """
    held = {worker: [] for worker in workers(port)}
    for _try in range(TRIES):
        if all(len(lines) == EACH for lines in held.values()):
            return [line for lines in held.values() for line in lines], list(held)
        line = Line(port)
        line.ask(question)
        while not line.whole():
            pass
        mine = next((lines for worker, lines in held.items() if line.is_held_by(worker)), None)
        if mine is not None and len(mine) < EACH:
            mine.append(line)
        else:
            line.socket.close()
    raise Wrong(f"after {TRIES} connections the processes hold {[len(lines) for lines in held.values()]} of {EACH} each")


def hold(port, asked, length):
    """Ask for `length` seconds on all connections, and hear the last answers out. Returns Held. Raises Wrong.

    asked: as `questions` gives them, over and over.
    """
    asked, answers = itertools.cycle(asked), 0
    lines, processes = spread(port, next(asked))
    ready = selectors.DefaultSelector()
    began, asking, served = time.perf_counter(), time.process_time(), _processor(processes)
    for line in lines:
        ready.register(line.socket, selectors.EVENT_READ, line)
        line.ask(next(asked))
    while ready.get_map():
        for key, _events in ready.select(1):
            if not key.data.whole():
                continue
            answers += 1
            if time.perf_counter() - began < length:
                key.data.ask(next(asked))
            else:
                ready.unregister(key.fileobj)
    took, asking, served = time.perf_counter() - began, time.process_time() - asking, _processor(processes) - served
    for line in lines:
        line.socket.close()
    return Held(took / answers, served / answers, asking / took)


def _processor(processes):
    """Seconds of processor that processes have had."""
    return sum(process.cpu_times().user + process.cpu_times().system for process in processes)
