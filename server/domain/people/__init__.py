"""Accounts, roles, and the tokens of customers."""
