"""A branch to try Giliran on: seeded, with a morning behind it, a virtual printer, customers and staff."""
