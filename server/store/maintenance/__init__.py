"""Backup, restore, migration, export, and checks of the data."""
