# What the rules of the evaluation share: which tables there are, and input functions.

ALL_SCORED = [*EVALUATED, *PRIORS]
ALL_CONTROLS = [*CONTROLS, *PRIORS]
SCORED_TABLES = expand(f"{EVALUATION}/{{group}}/{{method}}.csv", group=GROUPS, method=EVALUATED, allow_missing=True)
SCORED_PAIRS = expand(
    f"{EVALUATION}/{{group}}/pairs/{{method}}.csv", group=PAIRED, method=EVALUATED, allow_missing=True
)

# Priors have the groups with a truth alone.
PRIOR_GROUPS = [group for group in GROUPS if group in measure_registry.RENDERED]
PRIOR_PAIRED = [group for group in PAIRED if group in measure_registry.RENDERED]
PRIOR_TABLES = expand(f"{EVALUATION}/{{group}}/{{prior}}.csv", group=PRIOR_GROUPS, prior=PRIORS, allow_missing=True)
PRIOR_PAIRS = expand(
    f"{EVALUATION}/{{group}}/pairs/{{prior}}.csv", group=PRIOR_PAIRED, prior=PRIORS, allow_missing=True
)


def of_one_method(paths):
    """Those of the method, control or prior of a job."""
    return lambda wildcards: expand(
        [path for path in paths if Path(path).stem == wildcards.method], **dict(wildcards.items())
    )


def maps_of_method(wildcards):
    """The maps of all folds, and of a method (not of a control) those on the untrained networks."""
    networks = {"trained": "saliency"} | ({} if wildcards.method in CONTROLS else {"untrained": "untrained"})
    return {
        f"{kind}_{network}": expand(each_fold(f"{folder}/{{method}}.{suffix}"), **wildcards)
        for network, folder in networks.items()
        for kind, suffix in (("maps", STACK), ("indices", "csv"))
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
