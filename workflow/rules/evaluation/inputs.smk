# Input functions of the evaluation.


def maps_of_method(wildcards):
    """The maps of all folds, and of a method (not of a control) those on the untrained networks."""
    networks = {"trained": "saliency"} | ({} if wildcards.method in CONTROLS else {"untrained": "untrained"})
    return {
        f"{kind}_{network}": expand(each_fold(f"{folder}/{{method}}.{suffix}"), **wildcards)
        for network, folder in networks.items()
        for kind, suffix in (("maps", "npy"), ("indices", "csv"))
    }


def cue_files(wildcards):
    """Where the cue is; for quality, which is everywhere, where the syndrome's signs are."""
    if config["cohort"]["shortcut"]["kind"] == "quality":
        return {
            "changes": truth_stack("changes", wildcards),
            "truth": f"results/{wildcards.cohort}/truth/index.csv",
        }
    return {
        "regions": face_stack("regions_fine", wildcards),
        "faces": f"results/{wildcards.cohort}/faces/index.csv",
    }
