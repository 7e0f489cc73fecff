"""The names of the cookies.

Over HTTPS a name begins with `__Host-`: browsers take such a cookie only over HTTPS, for the whole host and without a
Domain (RFC 6265bis, section 4.1.3), so that neither a page over plain HTTP nor another name of the domain can set one.
"""

from __future__ import annotations

SESSION = "giliran_session"
BROWSER = "giliran_browser"
"""Marks a browser in which staff have signed in before; it grants no access."""
_PREFIX = "__Host-"


def name_for(cookie: str, *, secure: bool) -> str:
    """Return the name of a cookie; `secure`: over HTTPS."""
    return _PREFIX + cookie if secure else cookie
