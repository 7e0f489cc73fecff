"""What one waiting ticket is told, from focused reads: the same rule as the floor's, without reading the floor."""

from server.domain.branch import Branch
from server.domain.ticket import State, Ticket
from server.domain.waiting import Prospect, prospect
from server.store import counters, tickets
from server.store.transaction import Transaction


def prospect_of(tx: Transaction, branch: Branch, ticket: Ticket) -> Prospect:
    """How many are ahead and the honest range; (0, None) for a ticket that does not wait."""
    if ticket.state is not State.WAITING:
        return Prospect(0, None)
    return prospect(
        branch,
        service=ticket.service,
        priority=ticket.priority,
        place_at=ticket.place_at,
        ticket_id=ticket.id,
        now=tx.now,
        count_before=tickets.counting(tx.db, branch.id),
        open_counters=counters.open_numbers(tx.db, branch.id),
        lately_served=lambda service: tickets.lately_served(tx.db, branch.id, service),
    )
