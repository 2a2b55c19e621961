# Inputs of the report and of the named targets.
from gestalt_regions.core.errors import InputError
from gestalt_regions.report import on_demand

JOINED_MODELS = [model for model in MODELS if model in AGGREGATES]


def no_aggregate(wildcards):
    """The input of the target expert_weights where no model has experts."""
    raise InputError("expert_weights: no model of the study has experts (config models.*.experts)")


def no_test_set(wildcards):
    """The input of the target test_sets where the study has no further test set."""
    raise InputError("test_sets: the study has no further test set; add one to config gestalt.test_sets")


EYE_TRACKING_OUTPUTS = [
    path
    for name in ("fixation_density", "score_gaze", "draw_gaze_scores", "draw_gaze_sheet")
    if "eye_tracking" in config
    for path in expand(getattr(rules, name).output, cohort=COHORT, model=config["eye_tracking"]["model"] or MODELS[0])
]


def no_imbalance(wildcards):
    """The input of the target imbalance where the study has no such section."""
    raise InputError("imbalance: the config has no section imbalance; take config/studies/imbalance.yaml, or add one")


def no_eye_tracking(wildcards):
    """The input of the target eye_tracking where the config has no such section."""
    raise InputError("eye_tracking: the config has no section eye_tracking (config/studies/eye_tracking.yaml)")


def made_on_demand(wildcards):
    """What the site shows of results that no study makes by itself: no inputs, but what they say now."""
    return on_demand.state(f"results/{wildcards.cohort}", MODELS)


def one_training_run(wildcards):
    """The input of the target training_runs where there is nothing to join."""
    raise InputError(
        "training_runs: config folds.repeats is 1; set it to 2 or more (config/studies/training_runs.yaml)"
    )


# What of the cohort the site shows beside its figures: how it was read or planned, and copies of photographs.
SAID_OF_COHORT = ["results/{cohort}/cohort/not_shown.csv" if RENDERED else "results/{cohort}/cohort/who_is_who.csv"]
SAID_OF_COHORT += list(CONTROL_TABLES.values())
SAID_OF_COHORT += [] if config["folds"]["near_copies"] == "ignore" else rules.near_copies.output


# What the explorer shows: every map that the study makes anyway and keeps, and the truth that its evaluation needs.
JUDGED = EVALUATED if config["evaluation"]["in_report"] and KEEP_MAPS else []
MAPPED_METHODS = METHODS if KEEP_MAPS else []
EXPLORED = {
    "models": {model: STUDY.backbone(model).size for model in MODELS},
    "methods": [method for method in dict.fromkeys([*MADE, *JUDGED]) if method in [*MAPPED_METHODS, *JUDGED]],
    "controls": [method for method in JUDGED if method in CONTROLS],
    "pictured": [method for method in PICTURED if method in [*MAPPED_METHODS, *JUDGED]],
    "tabled": MAPPED_METHODS,
    "kept": KEEP_MAPS,
    "stack": STACK,
    "folds": FOLDS,
    "truth": RENDERED and config["cohort"]["counterfactuals"]["which"] != "none" and bool(JUDGED),
    "drops": "use" in GROUPS and bool(JUDGED),
    "settings": STUDY.methods,
}
MAPPED = [f"{{method}}.{STACK}", "{method}.csv"]
EXPLORED_FILES = {
    "maps": expand(
        f"{FOLD}/saliency/{{file}}",
        file=[
            path.format(method=method)
            for method in EXPLORED["methods"]
            for path in MAPPED
            + (["{method}_values.csv", "{method}_pictures.npy"] if method in EXPLORED["pictured"] else [])
        ],
        model=MODELS,
        fold=FOLDS,
        allow_missing=True,
    ),
    "drops": expand(f"{FOLD}/drops.csv", model=MODELS, fold=FOLDS, allow_missing=True) if EXPLORED["drops"] else [],
    "truth": rules.truth_gather.output if EXPLORED["truth"] else [],
    "stacks": expand(
        "results/{cohort}/faces/{kind}_{size}.npy",
        kind=["labels", *("regions" if name == "paper" else f"regions_{name}" for name in REGION_SETS)],
        size=config["faces"]["sizes"],
        allow_missing=True,
    ),
    "sets": REGION_FILE,
}


def no_specialised(wildcards):
    """The input of the target gestalt_specialised where no model's labels are a column."""
    raise InputError("gestalt_specialised: no model has labels of a column (config models.*.labels.column)")


def no_reader_study(wildcards):
    """The input of the target reader_study where the config has no such section."""
    raise InputError(
        "reader_study: the config has no section reader_study; add config/studies/reader_study.yaml after --configfile"
        " config/config.yaml"
    )
