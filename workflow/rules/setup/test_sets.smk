# Further test sets (config gestalt.test_sets): their kinds, and where their files lie. Included where there are any.
RENDERED_SETS, READ_SETS, OCCLUDED_SETS = (
    [name for name, each in TEST_SETS.items() if each["kind"] == kind] for kind in ("simulated", "folder", "occluded")
)
TEST_SET = "results/{cohort}/test_sets/{test_set}"
TEST_SET_ANSWERS = "results/{cohort}/{model}/test_sets.csv"
ORIGINALS = {name: each.get("of", "") for name, each in TEST_SETS.items()}
PAIRS = {model: STUDY.full_face(model) for model in config["models"] if STUDY.full_face(model)}  # aggregates


def each_test_set(path, sets=tuple(TEST_SETS)):
    """A file of a test set, once for each."""
    return expand(f"{TEST_SET}/{path}", test_set=sets, allow_missing=True)


def of_originals(path, of_study, wildcards):
    """A file of the photographs that an occluded set copies: of the study, or of another set."""
    of = ORIGINALS[wildcards.test_set]
    return (of_study if of == "heldout" else f"{TEST_SET}/{path}".format(cohort=wildcards.cohort, test_set=of)).format(
        **wildcards
    )


def hidden_by(cohort):
    """What tells the regions of the originals of each occluded set (checks.hidden_regions)."""
    about = {}
    for name in OCCLUDED_SETS:
        of, study = ORIGINALS[name], f"results/{cohort}"
        truth = [path.format(cohort=cohort) for path in SHARDS] if of == "heldout" and RENDERED else []
        if of in RENDERED_SETS:
            truth = [f"{study}/test_sets/{of}/photographs"]
        own = {"index": f"{study}/test_sets/{of}/index.csv", "labels": f"{study}/test_sets/{of}/faces.npz"}
        if of == "heldout":
            own = {"index": f"{study}/faces/index.csv", "labels": f"{study}/faces/labels_{LARGEST_CROPS}.npy"}
        prefix = f"{of}-" if of in RENDERED_SETS else ""
        about[name] = {"occluder": TEST_SETS[name]["occluder"], "truth": truth, "prefix": prefix, "size": LARGEST_CROPS}
        about[name] |= own
    return about


def files_of_hidden(wildcards):
    """The files that `hidden_by` names."""
    about = hidden_by(wildcards.cohort).values()
    return [path for each in about for path in (each["truth"] or [each["index"], each["labels"]])]


TEST_SET_TABLES = {
    "answers": expand(TEST_SET_ANSWERS, model=list(config["models"]), allow_missing=True),
    "listed": each_test_set("samples.csv"),
}
TEST_SET_OUTPUTS = [  # of the target test_sets
    f"results/{COHORT}/{path}"
    for path in [
        "tables/gestalt_table2.csv",
        "tables/gestalt_test_sets.csv",
        *(["tables/gestalt_hidden.csv"] if OCCLUDED_SETS else []),
        *(["tables/gestalt_aggregation.csv"] if PAIRS else []),
        "figures/test_sets.svg",
        "figures/test_set_sheet.png",
    ]
]
