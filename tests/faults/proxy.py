"""A reverse proxy that ends HTTPS before a server of this machine, set up well or badly."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("proxy.pem")
PIECE = 65536


class Proxy:
    """Serves `https://127.0.0.1:PORT`. Each connection carries one request, or a WebSocket."""

    def __init__(self, port: int, *, sets: Mapping[str, str], upgrades: bool) -> None:
        self._upstream = port
        self._sets = sets
        self._upgrades = upgrades
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATE)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # it is closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(connection, server_side=True) as client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(PIECE)
                if not piece:
                    return  # a browser that only warms a connection up
                head += piece
            with socket.create_connection(("127.0.0.1", self._upstream)) as server:
                server.sendall(self._rewritten(head))
                answers = threading.Thread(target=_carry, args=(server, client), daemon=True)
                answers.start()
                _carry(client, server)
                answers.join()

    def _rewritten(self, head: bytes) -> bytes:
        lines, _, rest = head.partition(b"\r\n\r\n")
        request, *headers = lines.decode("latin-1").split("\r\n")
        kept = [h for h in headers if h.partition(":")[0].lower() not in {name.lower() for name in self._sets}]
        names = {h.partition(":")[0].lower() for h in kept}
        if "upgrade" not in names or not self._upgrades:
            kept = [h for h in kept if h.partition(":")[0].lower() not in ("connection", "upgrade")]
            kept.append("Connection: close")
        kept += [f"{name}: {value}" for name, value in self._sets.items()]
        return "\r\n".join([request, *kept]).encode("latin-1") + b"\r\n\r\n" + rest


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxy(port: int, *, sets: Mapping[str, str] | None = None, upgrades: bool = True) -> Iterator[Proxy]:
    """Stands before the server at `port`; `sets`: headers that it writes, `upgrades`: whether it lets WebSockets by."""
    one = Proxy(port, sets=sets or {}, upgrades=upgrades)
    try:
        yield one
    finally:
        one.close()
