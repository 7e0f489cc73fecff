"""The kiosk: the touch page's sources and the launcher of a terminal."""
