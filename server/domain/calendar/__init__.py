"""Opening hours, business days, time zones and clock faults."""
