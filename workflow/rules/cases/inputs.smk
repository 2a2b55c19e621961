# What cases take of a finished study. The config keys `photo` and `case` stand in the params of the rules here alone: no
# output of a study depends on them.
from functools import cache

from gestalt_regions.cases.photographs import find_photographs
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.detector_registry import GIVEN

CASE = config["case"]
CASE_METHODS = STUDY.case_methods
CASE_SET = "paper" if "paper" in REGION_SETS else REGION_SETS[0]  # of the coefficients
CASE_POLICY = "signed_raw" if "signed_raw" in POLICIES else SHOWN["policy"]  # with a sign: for and against the class
CASE_DETECTOR = "scrfd" if config["faces"]["detector"] == GIVEN else config["faces"]["detector"]
CASE_PICTURED = [method for method in CASE_METHODS if method in PICTURED]
CASE_DATA = "results/{cohort}/{model}/cases/{case}/data"


def case_maps(name, methods):
    """A file of each method, fold by fold."""
    return [
        path
        for fold in FOLDS
        for path in expand(f"{FOLD}/saliency/{name}", method=methods, fold=fold, allow_missing=True)
    ]


@cache
def case_photographs():
    """Name of each case -> its photograph."""
    try:
        return find_photographs(config["photo"])
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")


def case_photograph(wildcards):
    """An absolute path, of which records keep the file's name alone; the photograph itself is no part of the results."""
    named = case_photographs()
    if wildcards.case not in named:
        raise InputError(
            f"case: no photograph of config photo is called '{wildcards.case}'; there are {', '.join(named)}"
        )
    return named[wildcards.case]


def study_faces(wildcards):
    """The study's faces, by the names that saliency/given_faces.py reads."""
    faces = f"results/{wildcards.cohort}/faces"
    files = {
        "index": f"{faces}/index.csv",
        "folds": f"results/{wildcards.cohort}/folds.csv",
        "sets": REGION_FILE,
        **region_stacks(wildcards),
    }
    if any("landmarks" in STUDY.registered(method).takes for method in CASE_METHODS):
        files["landmarks"] = f"{faces}/landmarks.npy"
    return {f"faces_{name}": path for name, path in files.items()}


def case_notes():
    """What is to be said of every case of this study."""
    left_out = [method for method in CASE["methods"] if method not in CASE_METHODS]
    given = config["faces"]["detector"] == GIVEN
    return [f"Not in this study, so not shown: {', '.join(left_out)}."] * bool(left_out) + [
        f"The study took its faces' landmarks from a table; this photograph's are those of the detector {CASE_DETECTOR}."
    ] * given


def landmark_weights(wildcards):
    """The network of the landmarks, if a method takes any, or faces are aligned by them."""
    return "results/assets/landmarks_106.onnx" if DENSE or "faces_landmarks" in study_faces(wildcards) else []


def case_pages(wildcards):
    """What `snakemake case` makes."""
    if MATCHING_ALONE:
        raise InputError(
            "case: without a control class (config statistics.control) no network is trained to judge a face"
        )
    return expand(rules.case_page.output, cohort=COHORT, model=MODELS, case=case_photographs())
