"""The page: one module a tab, one shared layout; no mathematics."""
