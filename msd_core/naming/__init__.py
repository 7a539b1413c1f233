"""A small decoder that names a picture in a chosen language, and what it learns from a larger one."""
