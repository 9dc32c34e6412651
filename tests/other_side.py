"""The other side of a line, for tests: a real HTTP server and a real mail server here that write down what they get."""

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STOPS_WITHIN = 0.01  # seconds, once asked to: the half second of the library would be waited for after every test


class Posts:
    """What was posted, in order, and what is answered: the next of `answers`, the last one for ever."""

    def __init__(self):
        self.got, self.answers, self.arrived, self.go_on = [], [(200, b"{}", {})], threading.Event(), threading.Event()
        self.go_on.set()  # cleared, nobody gets an answer
        self.url = ""

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def ids(self):
        return [headers.get("Idempotency-Key") for headers, _body in self.got]

    def told(self):
        return [json.loads(body) for _headers, body in self.got]


@contextmanager
def http():
    """A server that keeps every POST; yields its Posts."""
    posts = Posts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.got.append((dict(self.headers), body))
            posts.arrived.set()
            posts.go_on.wait(30)
            status, answer, headers = posts.next_answer()
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)
            except OSError:  # who asked is gone
                pass

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(STOPS_WITHIN,), daemon=True).start()
    posts.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield posts
    finally:
        posts.go_on.set()
        server.shutdown()
        server.server_close()


class Mail:
    """What a mail server got: [(to, text)], and its answers to RCPT."""

    def __init__(self):
        self.got, self.to_rcpt, self.port = [], "250 ok", 0


@contextmanager
def smtp():
    """A mail server of the few words that a client needs; yields its Mail."""
    mail = Mail()

    class Handler(socketserver.StreamRequestHandler):
        def says(self, line):
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self):
            self.says("220 test")
            to = []
            while line := self.rfile.readline().decode().strip():
                word = line[:4].upper()
                if word == "RCPT":
                    to.append(line)
                    self.says(mail.to_rcpt)
                elif word == "DATA":
                    self.says("354 go on")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += self.rfile.readline()
                    mail.got.append((to[-1], text.decode()))
                    self.says("250 kept")
                else:
                    self.says("221 bye" if word == "QUIT" else "250 ok")
                    if word == "QUIT":
                        return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    mail.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(STOPS_WITHIN,), daemon=True).start()
    try:
        yield mail
    finally:
        server.shutdown()
        server.server_close()
