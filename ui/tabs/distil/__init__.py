"""The Distil tab."""
