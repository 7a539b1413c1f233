"""Your data: a task of the visitor's own, from a handful of pairs or a table, and the teacher that is trained on it."""
