"""The WSGI server: what a connection may send, how much, how fast and for how long, and whose turn it is."""
