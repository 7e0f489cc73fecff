"""The schema, ids, and statements that are compiled once for each dialect."""
