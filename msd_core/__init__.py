"""Modality-specific distillation: which modality an image-text classifier listens to, and what its student keeps."""
