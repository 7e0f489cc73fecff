"""The live feed: who may connect and watch what, and when clients are disconnected."""

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
from server.realtime.publisher import as_json, tickets_for_holders
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
"""How long a stopping server waits for its screens to take the message."""
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
        """Accept a client; refuse a bad token. A client without credentials may watch its own ticket."""
        sid = self._sid()
        self._rooms[sid] = set()
        try:
            principal = self._identify(auth)
        except Refused as refused:
            raise Refusal(refused.code) from None
        finally:
            rooms = self._rooms.pop(sid, None)
        if rooms is None:
            return  # it has disconnected while its credentials were read
        self._principals[sid], self._rooms[sid] = principal, rooms
        self.has_new_sockets = True
        if principal is not ANONYMOUS:
            self._clients.mark_identified(self._client())
        for room in _own_rooms(principal):
            join_room(room)

    def on_disconnect(self, reason: Any = None) -> None:
        """Forget the socket."""
        sid = self._sid()
        self._clients.mark_unidentified(self._client())
        self._principals.pop(sid, None)
        for room in self._rooms.pop(sid, set()):
            self._unwatch(room)

    def on_subscribe(self, message: Any = None) -> dict[str, Any]:
        """Watch a view: the ack contains the snapshot with its seq, or `{error: problem}`."""
        try:
            return self._subscribe(message)
        except Refused as refused:
            return _error(problems.of(refused))
        except DbError as error:
            log.error("subscribe_failed", error=str(error))
            return _error(problems.problem("unavailable", "Nothing could be read. Please try again."))

    def on_unsubscribe(self, message: Any = None) -> dict[str, Any]:
        """Stop watching."""
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

    def _subscribe(self, message: Any) -> dict[str, Any]:
        if not isinstance(message, dict):
            raise Invalid("Send {branch, view}.")
        slug, view, token = message.get("branch"), message.get("view"), message.get("token")
        if not isinstance(slug, str) or view not in rules.VIEWS:
            raise Invalid(f"Send {{branch, view}} with a view of {', '.join(rules.VIEWS)}.")
        sid = self._sid()
        connected_principal = self._principals.get(sid)
        if connected_principal is None:
            raise Unauthenticated(_ENDED)
        principal = connected_principal.within(slug)
        if not rules.may(principal.role, rules.VIEWS[view]):
            if principal is ANONYMOUS:
                raise Unauthenticated("Please sign in, or send a token.")
            permit(self._store.read(lambda db: branches.get(db, slug)), principal)
            raise Forbidden(f"The role {principal.role.value} may not watch the {view}.")
        # before any read, since strangers may try any number of tokens
        ticket_of_token = self._ticket_of_token(token) if view == "ticket" else None
        # a ticket's holder sees how it ended even if the branch is closed for good
        branch = self._store.read(lambda db: branches.get(db, slug, retired_too=view == "ticket"))
        ticket_id = self._require_branch(branch.id, ticket_of_token) if ticket_of_token is not None else None
        if ticket_id is None:
            permit(branch, principal)
        room = f"ticket:{ticket_id}" if ticket_id is not None else f"{view}:{branch.id}"
        if sid not in self._rooms:
            raise Unauthenticated(_ENDED)  # it ended while the branch was read
        # join before reading the snapshot: a push in between is newer, and the client drops older states
        self._leave_all(sid)
        self._rooms[sid].add(room)
        self._watching.setdefault(branch.id, Counter())[room] += 1
        join_room(room)

        def query(db: Db) -> tuple[int, dict[str, Any]]:
            branch_state = branch_snapshot.read(db, branches.get_by_id(db, branch.id), self._clock())
            if ticket_id is not None:
                return branch_state.seq, as_json(tickets_for_holders(db, branch_state, [ticket_id])[ticket_id]) | {
                    "now": as_json(views.board(branch_state))["now"]
                }
            return branch_state.seq, as_json(
                views.board(branch_state) if view == "board" else snapshots.queue(db, branch_state)
            )

        seq, snapshot = self._read_once(room, query)
        pushed = self._latest.get(room)
        if pushed is not None and pushed["seq"] > seq:
            # a push was newer than the read: an older answer after it would go back in time
            seq, snapshot = pushed["seq"], {**snapshot, **pushed[view]}
        return {**snapshot, "seq": seq, "build": self._build, "view": view, view: snapshot, "events": [], "event": None}

    def _read_once(self, room: str, query: Callable[[Db], tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
        """Return the snapshot of a room; simultaneous subscribers share one read, as a thousand do after a restart.

        The snapshot may be older than a subscriber's join: pushes since then are newer, and the latest one is kept.
        """
        reading = self._readings.get(room)
        if reading is None:
            self._readings[room] = reading = AsyncResult()
            try:
                reading.set(self._store.read(query))
            except Exception as error:  # noqa: BLE001 - passed on to all waiters
                reading.set_exception(error)
            finally:
                del self._readings[room]
        result = reading.get()
        assert result is not None
        return result

    def _ticket_of_token(self, token: Any) -> int:
        """Return the id of the ticket with this token. Raises: NotFound if there is none."""
        ticket_id = ticket_id_of(self._key, token) if isinstance(token, str) else None
        if ticket_id is None:
            raise NotFound(_NO_TICKET)
        self._clients.mark_identified(self._client(), ticket_id)
        return ticket_id

    def _require_branch(self, branch_id: int, ticket_id: int) -> int:
        """Return the ticket id. Raises: NotFound if the ticket is of another branch."""
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
        client: Client = request.environ[CLIENT]
        return client

    # for the publisher and the web

    def watched(self, branch_id: int) -> tuple[bool, bool, list[int]]:
        """Return (whether anybody watches the board, the queue, ids of watched tickets)."""
        rooms = self._watching.get(branch_id, Counter())
        ids = [int(r.removeprefix("ticket:")) for r in rooms if r.startswith("ticket:")]
        return bool(rooms[f"board:{branch_id}"]), bool(rooms[f"queue:{branch_id}"]), ids

    def push(self, room: str, message: dict[str, Any]) -> None:
        """Send a `state` message to a room."""
        self._latest[room] = message
        self._socketio.emit(STATE, message, namespace=NAMESPACE, to=room)

    def drop(self, *rooms: str) -> None:
        """Disconnect every socket of these sessions and tokens."""
        for sid, principal in list(self._principals.items()):
            if not set(rooms).isdisjoint(_own_rooms(principal)):
                self._socketio.server.disconnect(sid, namespace=NAMESPACE)

    def drop_ended(self) -> None:
        """Disconnect sockets whose token or session has expired or was revoked by another process.

        Sockets of accounts with changed roles are disconnected too: they reconnect with the new roles.
        """
        self.has_new_sockets = False
        principals = list(self._principals.values())
        tokens = {p.token_id for p in principals if p.token_id is not None}
        sessions = {p.session_id: p.memberships for p in principals if p.session_id is not None}
        if tokens or sessions:
            now = self._clock()
            ended_tokens, ended_sessions = self._store.read(
                lambda db: access.ended_credentials(db, tokens, sessions, now)
            )
            self.drop(*(f"token:{i}" for i in ended_tokens), *(f"session:{i}" for i in ended_sessions))

    def close(self) -> None:
        """Disconnect every screen, since the server stops; they reconnect to the next one."""
        server = self._socketio.server.eio
        # in parallel: a client that reads nothing would delay the others
        gevent.joinall([gevent.spawn(server.disconnect, sid) for sid in list(server.sockets)], CLOSE_SECONDS)

    def online_tokens(self) -> set[int]:
        """Return the ids of the tokens with an open socket."""
        return {p.token_id for p in self._principals.values() if p.token_id is not None}

    def open_sockets(self) -> Counter[str]:
        """Return the number of open sockets by role."""
        return Counter(p.role.value for p in self._principals.values())


def _error(problem: shapes.Problem) -> dict[str, Any]:
    return {"error": problem.model_dump(mode="json", exclude_unset=True)}


def _own_rooms(principal: Principal) -> list[str]:
    if principal.session_id is not None:
        return [f"session:{principal.session_id}"]
    return [f"token:{principal.token_id}"] if principal.token_id is not None else []


def make_socketio(
    app: Flask, accepts_origin: Callable[[str | None, Mapping[str, Any]], bool] | None = None
) -> SocketIO:
    """Return Flask-SocketIO on gevent, with our rooms and WebSockets if the libraries have the names we rely on.

    `accepts_origin(origin, environ)` returns whether pages of an origin may connect; None: only the same origin.
    """
    missing = direct_websocket.missing_names()
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
        async_handlers=False,  # `Clients` runs them, one at a time for each client
        **rooms,
    )
    if not missing:
        direct_websocket.install(socketio.server.eio)
    return socketio
