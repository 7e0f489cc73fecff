"""What Giliran costs, against references of the same run; a module a subject, each with `rows` and a `TINY` size."""
