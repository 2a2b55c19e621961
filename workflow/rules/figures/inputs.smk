# Input functions of the figures.
from gestalt_regions.figures.selection import selection


def shown_maps(figure, fold):
    """The maps and indices of the methods that a figure shows, of one fold or of a list of folds."""
    methods = selection(figure, config["figures"][figure]).methods_of(METHODS)
    path = f"{FOLD}/saliency/{{method}}"
    kinds = (("maps", "npy"), ("indices", "csv"))
    return {name: expand(f"{path}.{suffix}", fold=fold, method=methods, allow_missing=True) for name, suffix in kinds}
