"""Published studies as people read them: sentences, figures, tables."""
