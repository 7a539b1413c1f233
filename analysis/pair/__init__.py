"""One image-text pair as people read it: answers in sentences, figures, and the examples that are shown first."""
