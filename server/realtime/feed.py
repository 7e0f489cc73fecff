"""The socket: who connects, what they may watch, and when they are put out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import gevent
import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refusal
from flask_socketio import Namespace, SocketIO, join_room, leave_room
from gevent.event import AsyncResult

from server.access import cookies, credentials, rules
from server.actions.queue.at_counter import permit
from server.contract import problems, shapes, views
from server.domain.errors import Forbidden, Invalid, NotFound, Refused, Unauthenticated
from server.domain.people.customer_token import ticket_id_of
from server.domain.people.principal import ANONYMOUS, Principal
from server.queries import snapshots
from server.realtime import direct_websocket
from server.realtime.clients import CLIENT, Client, Clients
from server.realtime.publisher import dump, holders
from server.realtime.rooms import STATE, Rooms
from server.realtime.strict_packet import StrictPacket
from server.serving.websocket import MAX_MESSAGE
from server.store.engines.store import Db, DbError, Store
from server.store.tables import access, branch_snapshot, branches, tickets

log = structlog.get_logger()

NAMESPACE = "/live"
PING_SECONDS = 5
PING_TIMEOUT_SECONDS = 10
CLOSE_SECONDS = 5
"""How long a server that stops waits for its screens to have heard of it."""
_ENDED = "This connection has ended; connect again."
_NO_TICKET = "There is no such ticket."


class Feed(Namespace):  # type: ignore[misc]
    """The namespace `/live`: `subscribe {branch, view, token?}` → ack with snapshot, then `state` messages."""

    def __init__(
        self,
        socketio: SocketIO,
        clients: Clients,
        store: Store,
        clock: Callable[[], datetime],
        server_key: bytes,
        build: str,
        cookie: str,
    ) -> None:
        super().__init__(NAMESPACE)
        self._socketio = socketio
        self._clients = clients
        self._store = store
        self._clock = clock
        self._key = server_key
        self._build = build
        self._cookie = cookie
        self._principals: dict[str, Principal] = {}
        self._rooms: dict[str, set[str]] = {}
        self._watching: dict[int, Counter[str]] = {}
        self._latest: dict[str, dict[str, Any]] = {}
        self.has_new_sockets = False
        """Whether somebody has connected since `drop_ended` was asked last: a right may have ended meanwhile."""
        self._readings: dict[str, AsyncResult[tuple[int, dict[str, Any]]]] = {}

    # from the socket

    def on_connect(self, auth: Any = None) -> None:
        """Take the one who connects in; a bad token is refused, nobody known may watch an own ticket."""
        sid = self._sid()
        self._rooms[sid] = set()
        try:
            who = self._identify(auth)
        except Refused as refused:
            raise Refusal(refused.code) from None
        finally:
            here = self._rooms.pop(sid, None)
        if here is None:
            return  # it has hung up while its credentials were read
        self._principals[sid], self._rooms[sid] = who, here
        self.has_new_sockets = True
        if who is not ANONYMOUS:
            self._clients.show(self._client())
        for room in _own_rooms(who):
            join_room(room)

    def on_disconnect(self, reason: Any = None) -> None:
        """Forget the socket."""
        sid = self._sid()
        self._clients.hide(self._client())
        self._principals.pop(sid, None)
        for room in self._rooms.pop(sid, set()):
            self._unwatch(room)

    def on_subscribe(self, wish: Any = None) -> dict[str, Any]:
        """Watch a view: the ack holds the snapshot with its seq, or `{error: problem}`."""
        try:
            return self._subscribe(wish)
        except Refused as refused:
            return _error(problems.of(refused))
        except DbError as error:
            log.error("subscribe_failed", error=str(error))
            return _error(problems.problem("unavailable", "Nothing could be read. Please try again."))

    def on_unsubscribe(self, wish: Any = None) -> dict[str, Any]:
        """Watch nothing any more."""
        self._leave_all(self._sid())
        return {}

    def _identify(self, auth: Any) -> Principal:
        token = auth.get("token") if isinstance(auth, dict) else None
        if isinstance(token, str) and token:
            return self._store.read(lambda db: credentials.principal_of_token(db, token))
        cookie = request.cookies.get(cookies.name_for(self._cookie, secure=request.is_secure))
        if cookie:
            now = self._clock()
            return self._store.read(lambda db: credentials.principal_of_session(db, cookie, now)) or ANONYMOUS
        return ANONYMOUS

    def _subscribe(self, wish: Any) -> dict[str, Any]:
        if not isinstance(wish, dict):
            raise Invalid("Send {branch, view}.")
        slug, view, token = wish.get("branch"), wish.get("view"), wish.get("token")
        if not isinstance(slug, str) or view not in rules.VIEWS:
            raise Invalid(f"Send {{branch, view}} with a view of {', '.join(rules.VIEWS)}.")
        sid = self._sid()
        connected = self._principals.get(sid)
        if connected is None:
            raise Unauthenticated(_ENDED)
        who = connected.within(slug)
        if not rules.may(who.role, rules.VIEWS[view]):
            if who is ANONYMOUS:
                raise Unauthenticated("Please sign in, or send a token.")
            permit(self._store.read(lambda db: branches.get(db, slug)), who)
            raise Forbidden(f"The role {who.role.value} may not watch the {view}.")
        # before anything is read: strangers may try as many as they like
        shown = self._true_token(token) if view == "ticket" else None
        # a ticket is told how it ended also where its branch is closed for good
        branch = self._store.read(lambda db: branches.get(db, slug, retired_too=view == "ticket"))
        ticket_id = self._own_ticket(branch.id, shown) if shown is not None else None
        if ticket_id is None:
            permit(branch, who)
        room = f"ticket:{ticket_id}" if ticket_id is not None else f"{view}:{branch.id}"
        if sid not in self._rooms:
            raise Unauthenticated(_ENDED)  # while the branch was read
        # joined before the snapshot is read: a push in between is newer, and the client drops what is not
        self._leave_all(sid)
        self._rooms[sid].add(room)
        self._watching.setdefault(branch.id, Counter())[room] += 1
        join_room(room)

        def query(db: Db) -> tuple[int, dict[str, Any]]:
            seen = branch_snapshot.read(db, branches.get_by_id(db, branch.id), self._clock())
            if ticket_id is not None:
                return seen.seq, dump(holders(db, seen, [ticket_id])[ticket_id]) | {
                    "now": dump(views.board(seen))["now"]
                }
            return seen.seq, dump(views.board(seen) if view == "board" else snapshots.queue(db, seen))

        seq, snapshot = self._read_once(room, query)
        pushed = self._latest.get(room)
        if pushed is not None and pushed["seq"] > seq:
            # it has overtaken the reading; an answer that is older than a push before it would go backwards
            seq, snapshot = pushed["seq"], {**snapshot, **pushed[view]}
        return {**snapshot, "seq": seq, "build": self._build, "view": view, view: snapshot, "events": [], "event": None}

    def _read_once(self, room: str, query: Callable[[Db], tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
        """The snapshot of a room; who comes while it is being read shares it, as a thousand do after a restart.

        It may be of a moment before one of them joined: what was pushed in between is newer, and the latest is kept.
        """
        reading = self._readings.get(room)
        if reading is None:
            self._readings[room] = reading = AsyncResult()
            try:
                reading.set(self._store.read(query))
            except Exception as error:  # noqa: BLE001 - handed to all who wait for it
                reading.set_exception(error)
            finally:
                del self._readings[room]
        found = reading.get()
        assert found is not None
        return found

    def _true_token(self, token: Any) -> int:
        """The id of the ticket whose token this is. Raises NotFound."""
        ticket_id = ticket_id_of(self._key, token) if isinstance(token, str) else None
        if ticket_id is None:
            raise NotFound(_NO_TICKET)
        self._clients.show(self._client(), ticket_id)
        return ticket_id

    def _own_ticket(self, branch_id: int, ticket_id: int) -> int:
        """The same id. Raises NotFound where it is a ticket of another branch."""
        if self._store.read(lambda db: tickets.get(db, ticket_id)).branch_id != branch_id:
            raise NotFound(_NO_TICKET)
        return ticket_id

    def _leave_all(self, sid: str) -> None:
        for room in self._rooms.get(sid, set()):
            leave_room(room)
            self._unwatch(room)
        if sid in self._rooms:
            self._rooms[sid] = set()

    def _unwatch(self, room: str) -> None:
        for counts in self._watching.values():
            if counts[room] > 1:
                counts[room] -= 1
            else:
                del counts[room]
        if not any(counts[room] for counts in self._watching.values()):
            self._latest.pop(room, None)

    @staticmethod
    def _sid() -> str:
        return str(request.sid)  # type: ignore[attr-defined]

    @staticmethod
    def _client() -> Client:
        found: Client = request.environ[CLIENT]
        return found

    # for the publisher and the web

    def watched(self, branch_id: int) -> tuple[bool, bool, list[int]]:
        """(somebody watches the board, the queue, ids of tickets watched)."""
        rooms = self._watching.get(branch_id, Counter())
        ids = [int(r.removeprefix("ticket:")) for r in rooms if r.startswith("ticket:")]
        return bool(rooms[f"board:{branch_id}"]), bool(rooms[f"queue:{branch_id}"]), ids

    def push(self, room: str, message: dict[str, Any]) -> None:
        """Send a `state` message to a room."""
        self._latest[room] = message
        self._socketio.emit(STATE, message, namespace=NAMESPACE, to=room)

    def drop(self, *rooms: str) -> None:
        """Disconnect every socket of these sessions and tokens."""
        for sid, who in list(self._principals.items()):
            if not set(rooms).isdisjoint(_own_rooms(who)):
                self._socketio.server.disconnect(sid, namespace=NAMESPACE)

    def drop_ended(self) -> None:
        """Disconnect the sockets whose token or session has ended meanwhile: by time, or by a command beside this.

        So are those whose account has other roles by now: they come back with what it may do.
        """
        self.has_new_sockets = False
        known = list(self._principals.values())
        tokens = {who.token_id for who in known if who.token_id is not None}
        sessions = {who.session_id: who.memberships for who in known if who.session_id is not None}
        if tokens or sessions:
            now = self._clock()
            gone, changed = self._store.read(lambda db: access.ended_credentials(db, tokens, sessions, now))
            self.drop(*(f"token:{i}" for i in gone), *(f"session:{i}" for i in changed))

    def close(self) -> None:
        """The server stops: every screen is told so at once, and comes back to the next one."""
        server = self._socketio.server.eio
        # side by side: one who reads nothing would hold up the others
        gevent.joinall([gevent.spawn(server.disconnect, sid) for sid in list(server.sockets)], CLOSE_SECONDS)

    def online_tokens(self) -> set[int]:
        """Ids of the tokens that have a socket open."""
        return {who.token_id for who in self._principals.values() if who.token_id is not None}

    def open_sockets(self) -> Counter[str]:
        """Role → how many sockets are open."""
        return Counter(who.role.value for who in self._principals.values())


def _error(problem: shapes.Problem) -> dict[str, Any]:
    return {"error": problem.model_dump(mode="json", exclude_unset=True)}


def _own_rooms(who: Principal) -> list[str]:
    if who.session_id is not None:
        return [f"session:{who.session_id}"]
    return [f"token:{who.token_id}"] if who.token_id is not None else []


def make_socketio(
    app: Flask, accepts_origin: Callable[[str | None, Mapping[str, Any]], bool] | None = None
) -> SocketIO:
    """Flask-SocketIO on gevent, with our rooms and wires where the libraries are as we know them.

    `accepts_origin(origin, environ)`: whether pages of the origin may connect; None: those of the same origin.
    """
    missing = direct_websocket.missing()
    if missing:
        log.warning("push_takes_the_stock_path", missing=missing)
    rooms = {} if missing else {"client_manager": Rooms()}
    socketio = SocketIO(
        app,
        async_mode="gevent",
        ping_interval=PING_SECONDS,
        ping_timeout=PING_TIMEOUT_SECONDS,
        max_http_buffer_size=MAX_MESSAGE,
        manage_session=False,
        cookie=None,
        http_compression=True,
        websocket_compression=False,
        cors_allowed_origins=accepts_origin,
        serializer=StrictPacket,
        async_handlers=False,  # `Clients` begins them, one at a time for each client
        **rooms,
    )
    if not missing:
        direct_websocket.install(socketio.server.eio)
    return socketio
