"""Changes of accounts, tokens and devices."""
