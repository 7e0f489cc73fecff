"""What every launcher of a full-screen page shares: the browser, its profile, its watch, the programs kept running."""
