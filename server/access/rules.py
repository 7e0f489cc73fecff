"""The permission tables: the roles that may call each route, and watch each view.

A listed staff role includes those above it. The application refuses to start with a route that is not listed.
"""

from server.domain.people.principal import Role

A, S, AG = Role.ADMIN, Role.SUPERVISOR, Role.AGENT
K, D, P, API, ANONYMOUS = Role.KIOSK, Role.DISPLAY, Role.PRINTER, Role.API, Role.ANONYMOUS
EVERYBODY = set(Role)

ROUTES: dict[str, frozenset[Role]] = {
    name: frozenset(roles)
    for name, roles in {
        # sessions
        "sign_in": EVERYBODY,
        "get_session": {AG},
        "sign_out": {AG},
        "set_up": EVERYBODY,
        "change_password": {AG},
        # the branch and its tickets
        "list_branches": EVERYBODY,
        "get_branch": EVERYBODY,
        "issue_ticket": {ANONYMOUS, K, API, AG},
        "get_ticket": EVERYBODY,
        "cancel_own_ticket": EVERYBODY,
        "cancel_phone_tickets": {S},
        "cancel_ticket": {AG},
        "reinstate_ticket": {AG},
        "transfer_ticket": {AG},
        "reprint_ticket": {AG},
        "get_queue": {AG},
        "get_board": {AG, D, K},
        # counters
        "get_counter": {AG},
        "open_counter": {AG},
        "pause_counter": {AG},
        "close_counter": {AG},
        "call_next": {AG},
        "call_number": {AG},
        "recall": {AG},
        "start": {AG},
        "finish": {AG},
        "no_show": {AG},
        "park": {AG},
        "put_back": {AG},
        "transfer": {AG},
        "undo": {AG},
        # records
        "list_events": {API, A},
        "get_statistics": {S},
        # printing
        "claim_print_job": {P},
        "start_print_job": {P},
        "end_print_job": {P},
        "put_printer_status": {P},
        "get_print_job": {K, API, AG},
        "list_print_jobs": {AG},
        "resolve_print_job": {AG},
        "route_printer": {S},
        "get_kiosk": {K},
        # speech
        "get_speech": {D},
        # administration
        "put_notice": {S},
        "list_audit": {A},
        "confirm_clock": {S},
        "list_devices": {S},
        "remove_device": {A},
        "create_token": {A},
        "revoke_token": {A},
        "list_staff": {A},
        "list_sign_in_failures": {S},
        "put_staff": {A},
        "disable_staff": {A},
    }.items()
}
"""Endpoint → roles. Each branch also decides whether anonymous phones may take a number."""

VIEWS: dict[str, frozenset[Role]] = {
    "ticket": frozenset(EVERYBODY),
    "board": frozenset({K, D, AG}),
    "queue": frozenset({AG}),
}
"""Socket view → roles. The ticket view also requires the ticket's own token."""


def may(role: Role, allowed: frozenset[Role]) -> bool:
    """Whether a role has one of the allowed roles' permissions."""
    return any(role.includes(allowed_role) for allowed_role in allowed)
