"""The wait forecast of one ticket, by the rule of the branch snapshot but without reading the whole branch."""

from server.domain.branch import Branch
from server.domain.queue.policy import place_of
from server.domain.ticket import State, Ticket
from server.domain.waits.forecast import WaitForecast, forecast
from server.store.engines.transaction import Transaction
from server.store.tables import places


def forecast_of(tx: Transaction, branch: Branch, ticket: Ticket) -> WaitForecast:
    """Return the forecast of a ticket; (0, None, None) if it is not waiting."""
    if ticket.state is not State.WAITING:
        return WaitForecast(0, None)
    place = place_of(branch, ticket.service, ticket.priority, ticket.place_at, ticket.id, ticket.for_counter)
    return forecast(branch, place, places.line_context(tx.db, branch.id, place), tx.now)
