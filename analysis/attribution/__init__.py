"""Why a model predicts what it predicts: attributions to pixels and words, and how far to trust them."""
