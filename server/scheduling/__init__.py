"""What time does by itself: days that end, openings, lapsed leases, silent printers, what is forgotten."""
