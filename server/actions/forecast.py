"""What one waiting ticket is told, from focused reads: the same rule as the floor's, without reading the floor."""

from server.domain.branch import Branch
from server.domain.queue.policy import place_of
from server.domain.ticket import State, Ticket
from server.domain.waits.forecast import WaitForecast, forecast
from server.store.engines.transaction import Transaction
from server.store.tables import places


def forecast_of(tx: Transaction, branch: Branch, ticket: Ticket) -> WaitForecast:
    """How many are ahead and the honest range; (0, None, None) for a ticket that does not wait."""
    if ticket.state is not State.WAITING:
        return WaitForecast(0, None)
    place = place_of(branch, ticket.service, ticket.priority, ticket.place_at, ticket.id, ticket.for_counter)
    return forecast(branch, place, places.line_context(tx.db, branch.id, place), tx.now)
