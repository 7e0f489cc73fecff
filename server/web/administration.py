"""Administration over HTTP: notice, devices and tokens, staff."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from server.access import credentials
from server.actions.branch import notices, opening_changes
from server.actions.people import accounts, devices
from server.actions.queue.at_counter import permit
from server.contract import requests, shapes
from server.domain.branch import Branch
from server.domain.errors import AlreadyDone, Invalid
from server.domain.people.accounts import Token, User
from server.domain.people.principal import Principal, Role
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches, sign_ins
from server.store.tables import accounts as store_accounts
from server.web.api import ADMINISTRATION, SECURITY, api, created, ok
from server.web.branch import watched_branch
from server.web.context import addresses, current_principal, web
from server.web.perform import perform, reply


@api.put("/branches/<slug>/notice", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Done))
def put_notice(path: requests.BranchPath, body: requests.Notice) -> Response:
    """Set the notice on the wall displays; null removes it."""
    principal = current_principal()
    notice = {k: v for k, v in (body.notice or {}).items() if v} or None

    def action(tx: Transaction) -> None:
        branch = tx.enter(path.slug)
        permit(branch, principal)
        unknown = sorted(set(notice or {}) - set(branch.languages))
        if unknown:
            raise Invalid(
                f"Branch {branch.slug} does not speak {', '.join(unknown[:5])}; it speaks "
                f"{', '.join(branch.languages)}. The notice was not changed."
            )
        notices.set_notice(tx, path.slug, principal, notice)

    return perform(action, lambda _tx, _r: shapes.Done())


@api.get("/branches/<slug>/audit", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Audit))
def list_audit(path: requests.BranchPath, query: requests.AuditQuery) -> Response:
    """The administrative actions in the branch, newest first; an admin of every branch also sees server-wide ones."""
    principal = current_principal()

    def lines(db: Db) -> shapes.Audit:
        branch, everywhere = watched_branch(db, path.slug, principal), principal.branch_id is None
        audited = access.audit_lines(db, branch.id, everywhere=everywhere, before=query.before, limit=query.limit)
        return shapes.Audit(
            lines=[
                shapes.AuditLine(id=str(r.id), at=r.at, actor=r.actor, action=r.action, data=r.data) for r in audited
            ]
        )

    return reply(web().store.read(lines))


@api.post("/branches/<slug>/clock", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Done))
def confirm_clock(path: requests.BranchPath, body: requests.Nothing) -> Response:  # noqa: ARG001
    """Confirm the server's clock: the branch continues from the current time."""
    principal = current_principal()
    return perform(
        lambda tx: opening_changes.confirm_clock(tx, path.slug, principal), lambda _tx, _expired: shapes.Done()
    )


@api.get("/branches/<slug>/devices", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Devices))
def list_devices(path: requests.BranchPath) -> Response:
    """Devices and live tokens of the branch."""
    principal, at = current_principal(), addresses()
    online, now = web().online_tokens(), web().clock()

    def query(db: Db) -> shapes.Devices:
        branch = watched_branch(db, path.slug, principal)
        live = access.tokens(db, branch.id)
        pages, codes = at.base(), at.base(branch.public_url)

        def token_brief(t: Token) -> shapes.TokenBrief:
            return shapes.TokenBrief(id=str(t.id), name=t.name, role=t.role, created_at=t.created_at)

        return shapes.Devices(
            devices=[
                shapes.Device(
                    id=str(d.id),
                    role=d.role,
                    name=d.name,
                    paper=d.paper,
                    printer=d.printer,
                    connected=any(t.device_id == d.id and t.id in online for t in live) or d.recently_seen(now),
                    tokens=[token_brief(t) for t in live if t.device_id == d.id],
                )
                for d in access.devices(db, branch.id)
            ],
            tokens=[token_brief(t) for t in live if t.device_id is None],
            address=None if pages.no_code else pages.url,
            codes=shapes.Codes(
                url=None if codes.no_code else codes.url,
                why_none=codes.no_code.value if codes.no_code else None,
            ),
        )

    return reply(web().store.read(query))


@api.post("/branches/<slug>/tokens", tags=[ADMINISTRATION], security=SECURITY, responses=created(shapes.NewToken))
def create_token(path: requests.BranchPath, body: requests.MakeToken) -> Response:
    """Create a token; it is returned only once."""
    principal = current_principal()
    role = Role(body.role)
    secret = credentials.new_secret(role.value)

    def action(tx: Transaction) -> int:
        return accounts.create_token(
            tx, path.slug, principal, role=role, name=body.name, hashed=credentials.hash_token(secret)
        )

    def answer(tx: Transaction, token_id: int) -> shapes.NewToken:
        branch = branches.get(tx.db, path.slug)
        token = next(t for t in access.tokens(tx.db, branch.id) if t.id == token_id)
        if not access.is_token(tx.db, token_id, credentials.hash_token(secret)):
            raise AlreadyDone("This token was created already and was shown once. Create another one with a new key.")
        return shapes.NewToken(id=str(token_id), token=secret, role=token.role, name=token.name)

    return perform(action, answer, 201)


@api.delete("/branches/<slug>/tokens/<id>", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Done))
def revoke_token(path: requests.TokenPath) -> Response:
    """Revoke a token with immediate effect; its sockets are disconnected."""
    principal = current_principal()
    response = perform(
        lambda tx: accounts.revoke_token(tx, path.slug, principal, path.id), lambda _tx, _r: shapes.Done()
    )
    web().drop(f"token:{path.id}")
    return response


@api.post("/branches/<slug>/devices/<id>/remove", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Done))
def remove_device(path: requests.DevicePath, body: requests.Nothing) -> Response:  # noqa: ARG001
    """Remove a device from the branch: its tokens are revoked at once, and its sockets are disconnected."""
    principal = current_principal()
    revoked: list[int] = []

    def action(tx: Transaction) -> int:
        revoked[:] = devices.remove(tx, path.slug, principal, path.id)
        return path.id

    response = perform(action, lambda _tx, _id: shapes.Done())
    for token_id in revoked:
        web().drop(f"token:{token_id}")
    return response


@api.get("/branches/<slug>/staff", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Staff))
def list_staff(path: requests.BranchPath) -> Response:
    """The accounts that work in the branch."""
    principal = current_principal()

    def query(db: Db) -> shapes.Staff:
        branch = watched_branch(db, path.slug, principal)
        return shapes.Staff(
            staff=[_member(branch, user, principal) for user in store_accounts.working_in(db, branch.id)]
        )

    return reply(web().store.read(query))


def _member(branch: Branch, user: User, principal: Principal) -> shapes.StaffMember:
    """An account as shown to a branch's staff; other branches are listed only for their administrators."""
    role = user.role_in(branch.id)
    assert role is not None
    everywhere = None in user.roles
    others = [m for m in user.memberships if m.branch_id not in (None, branch.id)]
    return shapes.StaffMember(
        name=user.name,
        role=role.value,
        has_password=user.password_hash is not None,
        every_branch=everywhere,
        elsewhere=bool(others),
        branches=sorted(m.slug for m in others if m.slug is not None and principal.administers(m.branch_id)),
        may_change=principal.administers(None) if everywhere else True,
        may_set_password=accounts.administers_all(principal, user),
    )


@api.get(
    "/branches/<slug>/sign-in-failures", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.FailedSignIns)
)
def list_sign_in_failures(path: requests.BranchPath) -> Response:
    """The branch's accounts with repeated sign-in failures, latest first."""
    principal, now = current_principal(), web().clock()

    def query(db: Db) -> shapes.FailedSignIns:
        branch = watched_branch(db, path.slug, principal)
        names = {u.id: u.name for u in store_accounts.working_in(db, branch.id)}
        failures = sorted(
            sign_ins.failures(db, set(names), now).items(), key=lambda item: item[1].last_at, reverse=True
        )
        return shapes.FailedSignIns(
            failures=[shapes.SignInFailures(name=names[user_id], **vars(series)) for user_id, series in failures]
        )

    return reply(web().store.read(query))


@api.put("/branches/<slug>/staff/<name>", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Done))
def put_staff(path: requests.StaffPath, body: requests.PutStaff) -> Response:
    """Create an account of the branch, add one of another branch, or change its role here.

    A new password ends its sessions. Only an administrator of every branch of the account may set it.
    """
    principal, password = current_principal(), body.password
    password_hash = web().threads.run(lambda: credentials.hash_password(password)) if password else None

    def action(tx: Transaction) -> list[int]:
        return accounts.put_member(
            tx, path.slug, principal, name=path.name, role=Role(body.role), password_hash=password_hash
        )

    return _ending_sessions(action)


@api.delete("/branches/<slug>/staff/<name>", tags=[ADMINISTRATION], security=SECURITY, responses=ok(shapes.Done))
def disable_staff(path: requests.StaffPath) -> Response:
    """Remove an account from the branch; it is disabled if it has no other branch."""
    principal = current_principal()
    return _ending_sessions(lambda tx: accounts.remove_member(tx, path.slug, principal, path.name))


def _ending_sessions(action: Callable[[Transaction], list[int]]) -> Response:
    for session_id in web().store.write(action, lambda _tx, ended: ended):
        web().drop(f"session:{session_id}")
    return reply(shapes.Done())
