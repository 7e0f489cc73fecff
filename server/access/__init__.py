"""Access control: credentials are resolved to a principal, and one table lists the permissions of each role."""
