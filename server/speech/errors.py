"""Errors of speech."""

from __future__ import annotations


class SpeechUnavailable(Exception):
    """Nothing on this machine can speak the call; the message names what failed and what to install."""


class NotSpoken(SpeechUnavailable):
    """Calls are not spoken in this language: it has no voice and no complete recordings."""
