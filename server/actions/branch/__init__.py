"""Changes of a branch itself."""
