"""Checks a server, and reports what is wrong, what it means and what to do; nothing is changed."""
