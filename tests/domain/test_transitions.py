"""The state machine of a ticket."""

from dataclasses import replace

import pytest

from server.domain.errors import TicketStateConflict
from server.domain.queue.transitions import TRANSITIONS, Verb, require
from server.domain.ticket import State
from tests.domain.building import a_ticket

TABLE = {
    Verb.CALL: {"waiting", "parked"},
    Verb.RECALL: {"called"},
    Verb.START: {"called"},
    Verb.FINISH: {"serving"},
    Verb.NO_SHOW: {"called"},
    Verb.PARK: {"called", "serving"},
    Verb.PUT_BACK: {"called", "serving", "parked"},
    Verb.TRANSFER: {"called", "serving", "waiting", "parked"},
    Verb.REINSTATE: {"no_show", "cancelled"},
    Verb.CANCEL: {"waiting", "parked"},
    Verb.EXPIRE: {"waiting", "parked", "called", "serving"},
    Verb.UNDO: {"called", "serving", "served", "no_show"},
}
"""The specified table, written a second time on purpose to detect errors in the first."""


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("state", list(State))
def test_a_verb_is_possible_from_the_states_of_the_table_and_refused_from_all_others(verb: Verb, state: State) -> None:
    ticket = replace(a_ticket(), state=state)
    if state.value in TABLE[verb]:
        assert require(ticket, verb) is TRANSITIONS[verb][1]
    else:
        with pytest.raises(TicketStateConflict) as refused:
            require(ticket, verb)
        assert refused.value.ticket is ticket
        assert state.value.replace("_", " ") in refused.value.detail


def test_with_start_on_call_a_called_ticket_may_be_finished() -> None:
    called = replace(a_ticket(), state=State.CALLED)
    assert require(called, Verb.FINISH, start_on_call=True) is State.SERVED
    with pytest.raises(TicketStateConflict):
        require(called, Verb.FINISH)
