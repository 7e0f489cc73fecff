"""User-perceived characters: what a font must have as a whole, and between which a line may break at the worst."""

import unicodedata

# Thai and Lao vowels that are letters of their own and yet belong to the consonant after or before them.
_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
_TRAILING_VOWELS = frozenset("ะาำๅๆฯະາຳໆຯ")
_JOINER = "\u200d"
_VIRAMA = 9  # canonical combining class: it joins the consonant before it to the one after it
_VISIBLE_KILLERS = frozenset("\u0e3a\u0eba\u103a")  # of that class too, but they only silence a vowel
# Characters without a shape (Default_Ignorable_Code_Point of the Unicode database): a font need not have them.
_IGNORABLE = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF)),
)


def is_ignorable(character: str) -> bool:
    """Whether the character has no shape of its own."""
    code = ord(character)
    return code >= 0xAD and any(first <= code <= last for first, last in _IGNORABLE)


def shown(cluster: str) -> str:
    """The characters of a cluster that a font must have."""
    return cluster if cluster.isascii() else "".join(c for c in cluster if not is_ignorable(c))


def clusters(text: str) -> list[str]:
    """User-perceived characters, near enough: a base with its marks, joiners and what they join."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for character in text:
        if found and (_extends(character) or _takes_more(found[-1][-1])):
            found[-1] += character
        else:
            found.append(character)
    return found


def _extends(character: str) -> bool:
    """Whether the character belongs to what stands before it."""
    mark = unicodedata.category(character) in ("Mn", "Mc", "Me")
    skin = 0x1F3FB <= ord(character) <= 0x1F3FF
    return mark or skin or is_ignorable(character) or character in _TRAILING_VOWELS


def _takes_more(last: str) -> bool:
    """Whether a cluster that ends so takes in the next character, whatever it is."""
    joins = unicodedata.combining(last) == _VIRAMA and last not in _VISIBLE_KILLERS
    return joins or last == _JOINER or last in _LEADING_VOWELS
