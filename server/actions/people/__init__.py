"""What changes accounts and devices."""
