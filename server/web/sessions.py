"""Signing in and out, and the set-up of a new server by its first administrator."""

from __future__ import annotations

import hmac
from datetime import datetime

from flask import Response, request

from server.access import credentials
from server.actions import accounts, declaring
from server.contract import requests, shapes, views
from server.contract.declaration import BranchDeclared, Declared
from server.domain.errors import Forbidden, Invalid, Unauthenticated
from server.domain.principal import COMMAND_LINE, Principal, Role
from server.store import access, branches, counters
from server.store.engine import Db
from server.store.transaction import Transaction
from server.web.api import SESSIONS, api, ok
from server.web.context import principal, web
from server.web.gate import SESSION_COOKIE, client_address
from server.web.perform import reply

_SESSION = ok(shapes.Session)


@api.post("/session", tags=[SESSIONS], responses=_SESSION)
def sign_in(body: requests.SignIn) -> Response:
    """Sign in: sets the session cookie, answers with the CSRF token."""
    now, name = web().clock(), body.name.strip()
    # an address that guesses is slowed down, and so is guessing at one account; a branch behind one address still works
    web().sign_in_throttle.check(client_address(), now)
    web().account_throttle.check(name.casefold(), now)
    user = web().store.read(lambda db: access.user_by_name(db, name))
    if not web().threads.run(lambda: credentials.check_password(user, body.password)) or user is None:
        raise Unauthenticated("The name or the password is wrong.")
    web().sign_in_throttle.forgive(client_address())
    web().account_throttle.forgive(name.casefold())
    return _signed_in(user.name)


def _signed_in(name: str) -> Response:
    old, now = request.cookies.get(SESSION_COOKIE), web().clock()

    def deed(tx: Transaction) -> tuple[str, Principal]:
        user = access.user_by_name(tx.db, name)
        assert user is not None
        known = credentials.principal_of_session(tx.db, old, tx.now) if old else None
        if known and known.session_id is not None:
            access.revoke_session(tx.db, known.session_id, tx.now)
        return credentials.open_session(tx, user)

    secret, who, shape = web().store.write(deed, lambda tx, opened: (*opened, _session(tx.db, opened[1], now)))
    assert who.session_id is not None
    response = reply(shape)
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(credentials.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
        path="/",
    )
    return response


@api.get("/session", tags=[SESSIONS], responses=_SESSION)
def get_session() -> Response:
    """Who is signed in."""
    who = principal()
    if not who.person:
        raise Unauthenticated("A token has no session.")
    now = web().clock()
    return reply(web().store.read(lambda db: _session(db, who, now)))


@api.delete("/session", tags=[SESSIONS], responses=ok(shapes.Done))
def sign_out() -> Response:
    """Sign out; the session's sockets are disconnected."""
    who = principal()
    session_id = who.session_id
    if session_id is not None:
        web().store.write(lambda tx: access.revoke_session(tx.db, session_id, tx.now), lambda _tx, _r: None)
        web().drop(f"session:{session_id}")
    response = reply(shapes.Done())
    response.delete_cookie(SESSION_COOKIE, path="/", samesite="Strict", httponly=True, secure=request.is_secure)
    return response


def _session(db: Db, who: Principal, now: datetime) -> shapes.Session:
    known = [b for b in branches.every(db) if who.branch_id in (None, b.id)]
    slugs = {b.id: b.slug for b in known}
    return shapes.Session(
        user=who.name,
        role=who.role.value,
        csrf_token=who.csrf_token or "",
        branch=slugs.get(who.branch_id) if who.branch_id is not None else None,
        branches=[views.branch_brief(b, now) for b in known],
        counters=[
            shapes.HeldCounter(branch=slugs[branch_id], number=number)
            for branch_id, number in counters.held_by(db, who.id)
            if branch_id in slugs
        ],
    )


@api.post("/setup", tags=[SESSIONS], responses=_SESSION)
def set_up(body: requests.SetUp) -> Response:
    """Make the first administrator and the first branch, with the code from the server's console; signs in."""
    web().sign_in_throttle.check(client_address(), web().clock())
    code = web().setup_code()
    if code is None:
        raise Forbidden("This server has an administrator already. Please sign in.")
    if not hmac.compare_digest(code.encode(), body.code.strip().upper().encode()):
        raise Forbidden("This is not the code that the server shows on its console.")
    declared = _declared(body)
    password_hash = web().threads.run(lambda: credentials.hash_password(body.password))

    def deed(tx: Transaction) -> None:
        if access.has_admin(tx.db):
            raise Forbidden("This server has an administrator already. Please sign in.")
        declaring.declare(tx, declared.declaration(), COMMAND_LINE)
        accounts.put_user(tx, COMMAND_LINE, name=body.name, role=Role.ADMIN, slug=None, password_hash=password_hash)

    web().store.write(deed, lambda _tx, _r: None)
    return _signed_in(body.name)


def _declared(body: requests.SetUp) -> Declared:
    try:
        return Declared(
            branch=BranchDeclared(
                slug=body.branch.slug,
                name=body.branch.name,
                timezone=body.branch.timezone,
                languages=list(body.branch.name) or ["id", "en"],
            ),
            services=body.services,
            counters=body.counters,
        )
    except ValueError as error:
        raise Invalid(str(error)) from None
