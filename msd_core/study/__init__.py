"""Studies: arms x seeds on one task, and what may be said of the differences."""
