"""Spoken calls: the call of a ticket as a WAV file, from an operator's recordings or from espeak-ng.

    speech = Speech(cache=data / "speech", clips=data / "clips")
    wav = speech.call("id", number="A001", counter_number=2, counter_name="Loket 2")

Browsers on Linux and TV boxes have no voices of their own, so the server speaks for them.
"""

from server.speech.errors import NotSpoken, SpeechUnavailable
from server.speech.espeak import SPOKEN
from server.speech.sentences import Sentence, call_sentence
from server.speech.speech import Speech

__all__ = ["SPOKEN", "NotSpoken", "Sentence", "Speech", "SpeechUnavailable", "call_sentence"]
