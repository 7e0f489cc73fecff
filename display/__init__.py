"""The wall display: the page's sources and the launcher of a screen."""
