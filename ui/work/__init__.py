"""What takes long: waiting rooms, work in the background and what of it is kept."""
