"""The schema, ids, and statements that are compiled once per dialect."""
