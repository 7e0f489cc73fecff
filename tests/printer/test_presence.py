"""One line when a thing goes, one when it is back."""

from structlog.testing import capture_logs

from printer.presence import Presence


def test_only_the_going_and_the_coming_back_are_logged() -> None:
    server = Presence("server")
    with capture_logs() as lines:
        back = [server.note(reason) for reason in (None, "refused", "refused", "timed out", None, None, "refused")]
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("warning", "server away"),
        ("info", "server back"),
        ("warning", "server away"),
    ]
    assert back == [False, False, False, False, True, False, False]
    assert server.away
