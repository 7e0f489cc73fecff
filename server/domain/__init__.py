"""The rules of the queue, pure: no database, no web, no clock. Time is an argument."""
