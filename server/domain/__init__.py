"""The rules of the queue, pure: no database, no web, no clock. The current time is an argument."""
