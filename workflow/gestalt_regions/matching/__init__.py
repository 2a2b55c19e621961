"""Faces as vectors that are compared: encoders, encodings and what makes two of them alike (Hustinx et al., 2023)."""

# The views of every image that are encoded, in the order of the second axis of an array of encodings.
TTA = ("colour", "colour_flipped", "grey", "grey_flipped")
