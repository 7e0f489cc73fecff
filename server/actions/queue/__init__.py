"""Actions on counters and their tickets."""
