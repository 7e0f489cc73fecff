"""The unguessable token that gives a customer access to their ticket: derived, never stored."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache

_MAC_BYTES = 15


@lru_cache(maxsize=256)  # a new ticket's token is needed for its paper and its response
def customer_token(key: bytes, ticket_id: int) -> str:
    """Return `<id>-<mac>`. The MAC has 120 bits; it cannot be computed without the server's key."""
    mac = hmac.digest(key, b"ticket %d" % ticket_id, "sha256")[:_MAC_BYTES]
    return f"{ticket_id}-{urlsafe_b64encode(mac).decode()}"


def ticket_id_of(key: bytes, token: str) -> int | None:
    """Return the ticket id of a valid token, None for an invalid one."""
    head = token.split("-", 1)[0]
    if not (head.isascii() and head.isdigit() and len(head) <= 18):
        return None
    ticket_id = int(head)
    expected = customer_token(key, ticket_id)
    return ticket_id if hmac.compare_digest(expected.encode(), token.encode()) else None
