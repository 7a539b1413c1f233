"""Names in several languages: what models make of each, in which they answer rightly, and what they lean on."""
