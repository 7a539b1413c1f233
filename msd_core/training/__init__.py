"""Training a student: config, prepare, objective, trainer, in the order in which a step is read."""
