"""`python -m printer --server URL --token TOKEN --device virtual://127.0.0.1:9100`: the agent as its own process."""

from printer.cli import printer

if __name__ == "__main__":
    printer(prog_name="giliran printer")
