"""The page: tabs, widgets, work in the background, what visitors may send, the public endpoints, help texts; no
mathematics."""
