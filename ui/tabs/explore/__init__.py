"""The Explore tab: a whole dataset, what every model makes of it, and pairs of one's own by the hundred."""
