"""Browsers that keep nothing for a page, each in its own way: scripts to run before the page's own."""

REFUSED = """
    const refuse = () => { throw new DOMException("storage is blocked", "SecurityError"); };
    for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
        Object.defineProperty(window, name, { get: refuse });
    Object.defineProperty(document, "cookie", { get: refuse, set: refuse });
"""
"""Site data are blocked by a setting or a policy."""

ABSENT = """
    for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
        Object.defineProperty(window, name, { value: null });
"""
"""A WebView whose app has not switched storage on."""

FULL = """
    Storage.prototype.setItem = () => { throw new DOMException("the disk is full", "QuotaExceededError"); };
"""

WAYS = {"refused": REFUSED, "absent": ABSENT, "full": FULL}
