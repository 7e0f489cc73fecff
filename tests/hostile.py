"""What a stranger, or a slip of the hand, writes where words are asked for: one list for every such place.

`HARMLESS` is strange, at most 64 characters, and must be shown letter for letter. `FORBIDDEN` drives terminals,
printers or the direction of the writing beside it, and must be refused.
"""

HARMLESS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><svg/onload=alert(1)>",
    "'; DROP TABLE ticket; --",
    '" OR 1=1 --',
    "{{7*7}} ${7*7} <%= 7 %> {name} %s %(name)s {0.x}",
    '=HYPERLINK("http://evil.example","x")',
    "+SUM(1)",
    "@cmd|' /C calc'!A0",
    "-1+1",
    "../../etc/passwd",
    "C:\\Windows\\..\\x",
    "a;b,c|d&e`f$(g)",
    "Ibu Ñuñez 👵🏽👨‍👩‍👧 é é",
    "مرحبا بالعالم",
    "नमस्ते",
    "中文名字",
    "ﷺ" * 8,
    "Z̸̢̛͚͙̍a̶l̷g̴o",
    "\u200bzero\u200dwidth\ufeff",
    "%0d%0aSet-Cookie: x=1",
    "null",
    "undefined",
    "NaN",
    "０１２３",
]
FORBIDDEN = [
    "nul\x00",
    "bell\x07",
    "\x1b[2J\x1b]0;title\x07",
    "\x1b@\x1bm\x1dV\x00",
    "\x10\x04\x01",
    "\x1dk\x04",
    "carriage\rreturn",
    "next\x85line",
    "\x9b31m",
    "del\x7f",
    "left\u202eright",
    "\u2066isolate\u2069",
    "line\u2028separator",
]
LONG = "x" * 10_000
