"""Signing in and out, and the set-up of a new server by its first administrator."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Response, request

from server.access import credentials
from server.actions import accounts, declaring
from server.contract import requests, shapes, views
from server.contract.declaration import BranchDeclared, Declared
from server.domain.account_name import folded
from server.domain.errors import Forbidden, Invalid, Unauthenticated
from server.domain.principal import COMMAND_LINE, Principal, Role
from server.store import access, branches, counters
from server.store import accounts as store_accounts
from server.store.accounts import User
from server.store.engine import Db
from server.store.transaction import Transaction
from server.web.api import SESSIONS, api, ok
from server.web.context import principal, web
from server.web.gate import API_PREFIX, BROWSER_COOKIE, SESSION_COOKIE, client_address
from server.web.perform import reply

_SESSION = ok(shapes.Session)


@api.post("/session", tags=[SESSIONS], responses=_SESSION)
def sign_in(body: requests.SignIn) -> Response:
    """Sign in: sets the session cookie, answers with the CSRF token."""
    name = body.name.strip()
    browser = credentials.known_browser(web().server_key, request.cookies.get(BROWSER_COOKIE))
    with web().sign_ins.counted(browser, client_address(), folded(name), web().clock()):
        user = web().store.read(lambda db: _meant(db, name))
        if not web().threads.run(lambda: credentials.check_password(user, body.password)) or user is None:
            raise Unauthenticated("The name or the password is wrong.")
    return _signed_in(user.name)


def _meant(db: Db, name: str) -> User | None:
    """The account of that name, however it is written; None also where it might be one of several."""
    try:
        return store_accounts.by_name(db, name)
    except Invalid:
        return None


def _signed_in(name: str) -> Response:
    old, now = request.cookies.get(SESSION_COOKIE), web().clock()

    def deed(tx: Transaction) -> tuple[str, Principal, int | None]:
        user = store_accounts.by_exact_name(tx.db, name)
        if user is None or not user.memberships:
            raise Unauthenticated("The name or the password is wrong.")  # closed while the password was checked
        known = credentials.principal_of_session(tx.db, old, tx.now) if old else None
        ended = known.session_id if known else None
        if ended is not None:
            access.revoke_session(tx.db, ended, tx.now)
        return *credentials.open_session(tx, user), ended

    secret, shape, ended = web().store.write(
        deed, lambda tx, opened: (opened[0], _session(tx.db, opened[1], now), opened[2])
    )
    if ended is not None:
        web().drop(f"session:{ended}")
    response = reply(shape)
    _set_cookie(response, SESSION_COOKIE, secret, credentials.SESSION_LASTS, path="/")
    if credentials.known_browser(web().server_key, request.cookies.get(BROWSER_COOKIE)) is None:
        browser = credentials.new_browser(web().server_key)
        _set_cookie(response, BROWSER_COOKIE, browser, timedelta(days=365), path=f"{API_PREFIX}/session")
    return response


def _set_cookie(response: Response, name: str, value: str, lasts: timedelta, *, path: str) -> None:
    """A cookie out of reach of scripts and other sites; over HTTPS never sent without it."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
        path=path,
    )


@api.get("/session", tags=[SESSIONS], responses=_SESSION)
def get_session() -> Response:
    """Who is signed in."""
    who = principal()
    if not who.person:
        raise Unauthenticated("A token has no session.")
    now = web().clock()
    return reply(web().store.read(lambda db: _session(db, who, now)))


@api.delete("/session", tags=[SESSIONS], responses=ok(shapes.Done))
def sign_out(query: requests.SignOut) -> Response:
    """Sign out, everywhere where that is asked for; the sockets of what ends are disconnected."""
    session_id, user_id = principal().session_id, principal().user_id
    if session_id is None or user_id is None:
        raise Unauthenticated("A token has no session.")

    def deed(tx: Transaction) -> list[int]:
        if query.everywhere:
            return access.revoke_sessions_of(tx.db, user_id, tx.now)
        access.revoke_session(tx.db, session_id, tx.now)
        return [session_id]

    for ended in web().store.write(deed, lambda _tx, ended: ended):
        web().drop(f"session:{ended}")
    response = reply(shapes.Done())
    response.delete_cookie(SESSION_COOKIE, path="/", samesite="Strict", httponly=True, secure=request.is_secure)
    return response


def _session(db: Db, who: Principal, now: datetime) -> shapes.Session:
    known = [b for b in branches.every(db) if who.belongs_to(b.id)]
    slugs = {b.id: b.slug for b in known}
    return shapes.Session(
        user=who.name,
        role=who.role.value,
        csrf_token=who.csrf_token or "",
        branch=slugs.get(who.branch_id) if who.branch_id is not None else None,
        branches=[views.own_branch(b, now, who.within(b.slug).role) for b in known],
        counters=[
            shapes.HeldCounter(branch=slugs[branch_id], number=number)
            for branch_id, number in counters.held_by(db, who.id)
            if branch_id in slugs
        ],
    )


@api.post("/setup", tags=[SESSIONS], responses=_SESSION)
def set_up(body: requests.SetUp) -> Response:
    """Make the first administrator and the first branch, with the code from the server's console; signs in."""
    web().set_up_throttle.check(client_address(), web().clock())
    code = web().setup_code()
    if code is None:
        raise Forbidden("This server has an administrator already. Please sign in.")
    if not hmac.compare_digest(code.encode(), body.code.strip().upper().encode()):
        raise Forbidden("This is not the code that the server shows on its console.")
    declared = _declared(body)
    password_hash = web().threads.run(lambda: credentials.hash_password(body.password))

    def deed(tx: Transaction) -> str:
        if store_accounts.has_admin(tx.db):
            raise Forbidden("This server has an administrator already. Please sign in.")
        first = replace(COMMAND_LINE, name=body.name)
        declaring.declare(tx, declared.declaration(), first)
        accounts.put_user(tx, first, name=body.name, role=Role.ADMIN, password_hash=password_hash)
        made = store_accounts.by_name(tx.db, body.name)
        assert made is not None
        return made.name

    return _signed_in(web().store.write(deed, lambda _tx, name: name))


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
