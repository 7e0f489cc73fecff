"""The apply file: read, and written back."""
