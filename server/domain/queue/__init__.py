"""Who is called next, under which number, and what a ticket may become."""
