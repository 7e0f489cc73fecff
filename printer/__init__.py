"""The print agent: claims tickets over the public API and proves that they came out.

A process of its own, which knows the server by its API alone. From words to paper its rooms are: `ticket` (what is
handed over), `layout` and `lettering` (words to dots), `encoding` (dots to bytes), `link` (delivery and proof) over
`devices` (network, USB, serial, file); `agent` does the job and `api` speaks to the server; `virtual` is a printer made
of software, with a page that shows its tickets.

Started as `python -m printer --server URL --device virtual://127.0.0.1:9100` with GILIRAN_TOKEN in the environment; the
page of that printer is then on port 9101. SIGTERM ends it with exit code 0 when the paper under way is out; what it
cannot do it says in one line on stderr, with exit code 1.
"""
