"""What changes a branch itself."""
