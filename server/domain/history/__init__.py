"""Events, their chain, and what can be rebuilt or measured from them."""
