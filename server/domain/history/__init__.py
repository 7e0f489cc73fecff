"""Events and their hash chain, and the tickets and statistics that follow from them."""
