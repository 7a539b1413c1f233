"""A whole dataset seen at once: saliency, gaps, additivity, calibration; and pairs of one's own by the hundred."""
