"""Rows of one kind a module: its reads and writes."""
