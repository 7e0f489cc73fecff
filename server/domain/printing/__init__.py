"""States of print jobs, and the choice of printers."""
