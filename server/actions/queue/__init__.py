"""What counters do with tickets."""
