"""`python -m display --server URL --token TOKEN`: the screen as its own process."""

from display.launcher import display

if __name__ == "__main__":
    display(prog_name="giliran display")
