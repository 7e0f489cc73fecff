"""The public shapes, HTTP and socket, in one place: what is validated, served and documented."""
