"""The unguessable token by which a customer reaches the own ticket: derived, never stored."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache

_MAC_BYTES = 15


@lru_cache(maxsize=256)  # a new ticket's is asked for by its paper and by its answer
def customer_token(key: bytes, ticket_id: int) -> str:
    """`<id>-<mac>`: the MAC (120 bits) makes the id worthless without the server's key."""
    mac = hmac.digest(key, b"ticket %d" % ticket_id, "sha256")[:_MAC_BYTES]
    return f"{ticket_id}-{urlsafe_b64encode(mac).decode()}"


def ticket_id_of(key: bytes, token: str) -> int | None:
    """The ticket id of a true token, else None."""
    head = token.split("-", 1)[0]
    if not (head.isascii() and head.isdigit() and len(head) <= 18):
        return None
    ticket_id = int(head)
    true = customer_token(key, ticket_id)
    return ticket_id if hmac.compare_digest(true.encode(), token.encode()) else None
