# What studies with clinicians take of a finished study.
from gestalt_regions.core.errors import InputError
from gestalt_regions.clinicians.reader_study.study_files import files_of
from gestalt_regions.clinicians.reader_study.kit_texts import SHIPPED, text_files
from gestalt_regions.saliency import shown_methods
from gestalt_regions.study.check_eye_tracking import fixation_paths

READER_STUDY = config.get("reader_study", {})
READER_STUDY_PAGE = {
    "index.html": of_code("workflow/report/reader_study/index.html"),
    "digest.js": of_code("workflow/report/reader_study/digest.js"),
    "answers.js": of_code("workflow/report/reader_study/answers.js"),
    "widgets.js": of_code("workflow/report/reader_study/widgets.js"),
    "pages.js": of_code("workflow/report/reader_study/pages.js"),
    "base.css": of_code("workflow/report/site/style.css"),
    "style.css": of_code("workflow/report/reader_study/style.css"),
    "README.txt": of_code("workflow/report/reader_study/README.txt"),
    "en.yaml": of_code("workflow/report/reader_study/en.yaml"),
}
# Where each face is judged by the network that has not seen it, all networks; of held-out faces the first fold's.
READER_STUDY_FOLDS = FOLDS if READER_STUDY.get("set") == "folds" else FOLDS[:1]

# Eye-tracking
EYE_TRACKING = config.get("eye_tracking", {})
EYES = "results/{cohort}/{model}/eye_tracking"
EYE_METHODS = EYE_TRACKING.get("methods") or EVALUATED
EYE_SHEET_METHODS = shown_methods.shown(
    [], [method for method in EYE_METHODS if not STUDY.is_control(method)] or EYE_METHODS
)
WITH_TRUTH = RENDERED and config["cohort"]["counterfactuals"]["which"] != "none"
READER_RESULTS = "results/{cohort}/reader_study"
READER_TABLES = f"{READER_RESULTS}/tables"
READER_FIGURES = f"{READER_RESULTS}/figures"


def reader_study_texts():
    """The texts of each language, the study's own or the workflow's."""
    shipped = Path(CODE, SHIPPED)
    try:
        files = text_files(READER_STUDY["languages"], shipped, READER_STUDY["texts"])
    except InputError as error:
        sys.exit(f"gestalt-regions: {error}")
    return [of_code(f"{SHIPPED}/{path.name}") if path.parent == shipped else str(path) for path in files.values()]


def reader_files(wildcards):
    """The files that readers saved; those of simulated readers where there is no folder of answers."""
    if READER_STUDY["answers"]:
        return [str(path) for path in files_of(READER_STUDY["answers"])]
    if READER_STUDY["simulated_readers"]:
        return rules.simulate_readers.output.answers.format(**wildcards)
    raise InputError(
        "reader_results: nobody has answered; name a folder in config reader_study.answers, or try the study with"
        " simulated readers (reader_study.simulated_readers)"
    )


def gaze_files(wildcards):
    """The files of fixations, and the tables that say what they mean; simulated readers have a file of their own."""
    tables = [EYE_TRACKING["groups"], EYE_TRACKING["stimuli"], EYE_TRACKING["picture"]["placed"]]
    if "simulated_readers" in EYE_TRACKING:
        files = [f"{EYES}/simulated_fixations.csv".format(**wildcards)]
    else:
        files = fixation_paths(EYE_TRACKING["files"], EYE_TRACKING["format"])
    return {"files": files, "tables": [path for path in tables if path]}


def gaze_truth(wildcards):
    """Where a simulated face differs from its unaffected twin."""
    if not WITH_TRUTH:
        return {}
    return {"truth": f"results/{wildcards.cohort}/truth/index.csv", "changes": truth_stack("changes", wildcards)}


def crop_size(wildcards):
    """Side of the crops that the model takes."""
    return STUDY.backbone(wildcards.model).size
