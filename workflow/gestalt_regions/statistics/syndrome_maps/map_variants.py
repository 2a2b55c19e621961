"""Which images the maps of a syndrome are made of. Light: planning reads it."""

MAP_VARIANTS = {
    "folds": "images of the folds, each explained by the network that never saw it",
    "correct_only": "of those the images whose class the network gave",
    "heldout": "held-out images, each explained by the networks of all folds",
}
