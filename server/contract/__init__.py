"""The public shapes of HTTP and socket in one place: validated, served and documented."""
