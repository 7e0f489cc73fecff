"""The order of the queue, ticket numbers, and the state machine of a ticket."""
