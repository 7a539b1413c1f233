"""The Languages tab: one picture under two names, and what went across languages."""
