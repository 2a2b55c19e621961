"""The layout of encodings, and of the index of similarity maps."""

# The views of every image that are encoded, in the order of the second axis of an array of encodings.
TTA = ("colour", "colour_flipped", "grey", "grey_flipped")

# Columns of the index of similarity maps beside `row`, and the two faces of a pair.
PAIR_KEYS = ["pair", "query", "neighbour", "label", "disorder", "distance", "cosine", "side", "sample_id", "method"]
SIDES = ("query", "gallery")
