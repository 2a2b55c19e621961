# Input functions of the figures.
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.selection import selection

SHEET = config["figures"]["counterfactual_sheet"]
SHEET_METHOD = SHEET["method"] or next(iter(PICTURED), "")


def shown_maps(figure, fold):
    """The maps and indices of the methods that a figure shows, of one fold or of a list of folds."""
    methods = selection(figure, config["figures"][figure]).methods_of(METHODS)
    path = f"{FOLD}/saliency/{{method}}"
    kinds = (("maps", STACK), ("indices", "csv"))
    return {name: expand(f"{path}.{suffix}", fold=fold, method=methods, allow_missing=True) for name, suffix in kinds}


def shown_pictures(wildcards):
    """The pictures of the method that the sheet shows, of every fold; of a rendered cohort also the rendered ones."""
    if not SHEET_METHOD:
        raise InputError(
            "counterfactual_sheet: no method of the study stores pictures; add one to saliency.further_methods "
            "(docs/reference/methods.md)"
        )
    path = f"{FOLD}/saliency/{SHEET_METHOD}"
    files = {
        name: expand(f"{path}_{name}.{suffix}", fold=FOLDS, **wildcards)
        for name, suffix in (("pictures", "npy"), ("values", "csv"))
    }
    reverts = counterfactual_pictures(wildcards)
    return files | reverts | ({"drops": f"{EVALUATION}/drops.csv".format(**wildcards)} if reverts else {})
