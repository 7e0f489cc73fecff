"""Who may come in: credentials become a principal, one table says what each role may do."""
