"""`python -m kiosk --server URL --token TOKEN`: the terminal as its own process."""

from kiosk.launcher import kiosk

if __name__ == "__main__":
    kiosk(prog_name="giliran kiosk")
