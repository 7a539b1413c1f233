"""The Study tab: what published studies do and do not show, with their controls."""
