"""The Attribute tab: why teacher and students answer as they do, and how far their maps can be trusted."""
