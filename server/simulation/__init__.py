"""A load to try an installation with: many branches whose customers, staff and displays live there over the public API.

`plan` declares the branches, in the database; `python -m server.simulation` is the load, a process of its own without
gevent, since three thousand clients must cost little beside the servers that are measured.
"""
