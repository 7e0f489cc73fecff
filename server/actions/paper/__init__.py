"""What is printed, and what became of it."""
