"""Looks a server over and says what is wrong, what it means and what to do; nothing is changed."""
