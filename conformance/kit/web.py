"""The other end of the web: HTTP and WebSocket clients and servers on blocking sockets, none of them on a loop."""

from __future__ import annotations

import base64
import hashlib
import http.client
import http.server
import os
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loopcert.conformance.kit.certificates import SERVER_NAME, client_context, server_context
from loopcert.conformance.kit.peers import LOOPBACK, prompt, receive

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE = 1, 8


@dataclass(frozen=True)
class Answer:
    """What a server answered to one request."""

    status: int
    body: bytes
    headers: dict[str, str]


def ask(port: int, *requests: tuple[str, str, bytes], tls: bool = False) -> list[Answer]:
    """Send requests (method, path, body) one after the other on one connection; return the answers.

    ``tls`` demands a certificate of `authority` for `SERVER_NAME`. Blocks: call it `beside` the loop.
    """
    line: http.client.HTTPConnection
    if tls:
        line = http.client.HTTPSConnection(LOOPBACK, port, context=client_context())
    else:
        line = http.client.HTTPConnection(LOOPBACK, port)
    answers = []
    try:
        for method, path, body in requests:
            line.request(method, path, body or None)
            answer = line.getresponse()
            answers.append(Answer(answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}))
    finally:
        line.close()
    return answers


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET with the path and POST with what was sent; keeps connections alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(self.path.encode())

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:  # a client that is cut off is the test's affair
        """Say nothing."""


@contextmanager
def web_server(*, tls: bool = False) -> Iterator[int]:
    """Give the port of a blocking HTTP server in threads: GET is answered with the path, POST with its body."""
    server = _Server((LOOPBACK, 0), _Handler)
    if tls:
        server.socket = server_context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), name="loopcert-web", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class WebSocket:
    """One end of a WebSocket on a blocking socket: text messages up to 64 kB, no fragments, and closing."""

    def __init__(self, sock: socket.socket, *, client: bool) -> None:
        self.sock = sock
        self._client = client

    def send(self, text: str, opcode: int = _TEXT) -> None:
        """Send one message."""
        self._frame(text.encode(), opcode)

    def _frame(self, data: bytes, opcode: int) -> None:
        masked = 0x80 if self._client else 0
        size = struct.pack("!BBH", 0x80 | opcode, masked | 126, len(data)) if len(data) > 125 else b""
        size = size or struct.pack("!BB", 0x80 | opcode, masked | len(data))
        key = os.urandom(4) if self._client else b""
        self.sock.sendall(size + key + (_mask(data, key) if key else data))

    def receive(self) -> str | None:
        """Return the next text message, or None when the other end closes; the closing is answered."""
        while True:
            head = receive(self.sock, 2)
            if len(head) < 2:
                return None
            length = head[1] & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", receive(self.sock, 2))
            elif length == 127:
                (length,) = struct.unpack("!Q", receive(self.sock, 8))
            key = receive(self.sock, 4) if head[1] & 0x80 else b""
            data = _mask(receive(self.sock, length), key) if key else receive(self.sock, length)
            opcode = head[0] & 0xF
            if opcode == _CLOSE:
                self._frame(data, _CLOSE)
                return None
            if opcode == _TEXT:
                return data.decode()

    def close(self) -> None:
        """Say goodbye and wait for the other end to say so, too."""
        self._frame(struct.pack("!H", 1000), _CLOSE)
        while (head := receive(self.sock, 2)) and head[0] & 0xF != _CLOSE:
            receive(self.sock, head[1] & 0x7F)
        self.sock.close()


def _mask(data: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[place % 4] for place, byte in enumerate(data))


def _accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())


def _headers(sock: socket.socket) -> bytes:
    data = bytearray()
    while not data.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise ConnectionResetError(f"the other end closed within the headers, after {bytes(data)!r}")
        data += byte
    return bytes(data)


def _header(headers: bytes, name: bytes) -> bytes:
    for line in headers.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    raise ValueError(f"no {name.decode()} in {headers!r}")


def websocket_to(port: int, path: str = "/") -> WebSocket:
    """Connect to a WebSocket server on loopback. Blocks."""
    return shake_hands(socket.create_connection((LOOPBACK, port)), path)


def shake_hands(sock: socket.socket, path: str) -> WebSocket:
    """Make a connected blocking socket the client's end of a WebSocket. Blocks."""
    key = base64.b64encode(os.urandom(16))
    sock.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = _headers(sock)
    if b" 101 " not in answer.partition(b"\r\n")[0] or _header(answer, b"sec-websocket-accept") != _accept(key):
        sock.close()
        raise ConnectionError(f"no WebSocket: {answer!r}")
    return WebSocket(sock, client=True)


def websocket_from(server: socket.socket) -> WebSocket:
    """Accept one client on a listening socket and shake hands. Blocks."""
    sock = prompt(server.accept()[0])
    key = _accept(_header(_headers(sock), b"sec-websocket-key"))
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + key + b"\r\n\r\n"
    )
    return WebSocket(sock, client=False)


def secure(sock: socket.socket) -> ssl.SSLSocket:
    """Begin TLS as a client on a connected blocking socket."""
    return client_context().wrap_socket(sock, server_hostname=SERVER_NAME)


def echoing(server: socket.socket) -> Any:
    """Accept one WebSocket client, send back what it sends until it closes; return what came. Blocks."""
    end = websocket_from(server)
    heard = []
    while (text := end.receive()) is not None:
        heard.append(text)
        end.send(text.upper())
    end.sock.close()
    return heard
