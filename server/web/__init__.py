"""HTTP: parse → action → response. An `if` about tickets belongs in the domain."""
