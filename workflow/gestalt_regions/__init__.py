"""Gestalt Regions: region-based explanations of face networks in clinical genetics. For research, not diagnosis.

ROOMS names the folders in the order in which data flows. A room imports only from itself and from rooms before it
(tests/unit/test_rooms.py).
"""

__version__ = "0.2.0"

ROOMS = {
    "core": "errors, files, seeds, progress: no word of the domain",
    "jobs": "how the work of a rule is run, stopped, resumed and recorded",
    "assets": "pinned weights and data, fetched and checked",
    "hpo": "the Human Phenotype Ontology, and clinicians' ratings of its terms",
    "regions": "region sets, and region coefficients (equation 4)",
    "cohort": "who is in a study: readers of real cohorts, and the simulated cohort",
    "faces": "photographs to aligned crops, label maps and region maps",
    "truth": "what is true of every simulated photograph",
    "folds": "folds, and the audit of everyone who is on both sides of a split",
    "models": "backbones, and their fine-tuning in folds",
    "saliency": "the saliency methods, and the engine that runs them",
    "statistics": "Tables 1 to 4, and the analyses beyond the paper",
    "checks": "is the signal in the face; do detector, parser and raters do what is said of them",
    "evaluation": "explanations scored against truth, beside controls",
    "matching": "GestaltMatcher-Arc: encoders, galleries, ranks, similarity maps",
    "pretraining": "the backbone that learns the morphology of simulated faces",
    "cases": "one photograph that is in no study, explained by the networks of a finished one",
    "figures": "every figure, one file each",
    "report": "the study on one page",
    "clinicians": "studies with people: readers with and without explanations, and eye-tracking",
    "study": "the config, checked once as a whole; it knows all rooms before it",
    "tools": "benchmarks, and the plan of a study before it runs",
}
