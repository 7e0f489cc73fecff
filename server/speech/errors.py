"""What can go wrong when something is to be said."""

from __future__ import annotations


class SpeechUnavailable(Exception):
    """Nothing on this machine can say it; the text says what was tried and what to install."""


class NotSpoken(SpeechUnavailable):
    """Calls are not spoken in this language: it has no voice, and no recordings say the whole call."""
