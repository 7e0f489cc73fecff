"""What the live feed pushes over Socket.IO, beside the views that the API answers alike."""

from typing import Literal

from pydantic import Field

from server.contract.base import Shape, Time
from server.contract.shapes import Board, Queue, Ticket


class FeedEvent(Shape):
    """A past event, named beside the state that it led to."""

    seq: int
    type: str
    number: str | None
    counter: int | None
    at: Time


class FeedMessage(Shape):
    """A `state` message, and the answer to `subscribe`: the whole view, under the view's name."""

    seq: int = Field(description="The branch's seq of this state; a message that is not newer may be dropped.")
    view: Literal["board", "queue", "ticket"]
    board: Board | None = None
    queue: Queue | None = None
    ticket: Ticket | None = None
    events: list[FeedEvent] = Field(description="What led to this state since the message before; may be empty.")
    event: FeedEvent | None = Field(description="The last of `events`.")
    build: str | None = Field(None, description="The build of the pages; in the answer to `subscribe` alone.")
