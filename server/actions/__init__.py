"""The actions: one function each, done in one transaction, recorded as events in it."""
