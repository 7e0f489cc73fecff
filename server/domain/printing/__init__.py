"""What may be known of a paper, and which printer it is offered to."""
