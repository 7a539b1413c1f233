"""What visitors send, upload and own: hostile until checked, and nobody else's."""
