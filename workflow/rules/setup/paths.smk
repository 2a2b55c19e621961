# Where the files of a study lie: paths that more than one rule file names, in the order in which they are made.

from snakemake.io import sourcecache_entry

from gestalt_regions.faces import detector_registry
from gestalt_regions.statistics.variants import variant_file


def of_code(path):
    """A file of this repository, as an input. Its content counts (every_rule.smk), not its time stamp, which a new checkout
    sets anew, nor where the code lies: the second name is what Snakemake records."""
    return ancient(sourcecache_entry(f"{AT_CODE}{path}", path) if AT_CODE else path)


HPO_TERMS = of_code("resources/hpo_terms.csv")
REGION_FILE = of_code("resources/regions.yaml")  # every region set
FACE_DATASETS = of_code("resources/face_datasets.csv")
RECIPES = [
    of_code(f"resources/syndromes/{path.name}") for path in sorted(Path(CODE, "resources/syndromes").glob("*.yaml"))
]
SUBTYPES = [
    of_code(f"resources/subtypes/{path.name}") for path in sorted(Path(CODE, "resources/subtypes").glob("*.yaml"))
]
COHORT_RECIPES = RECIPES + [of_code(f"resources/subtypes/{name}.yaml") for name in config["cohort"].get("subtypes", ())]
CAPTIONS = [of_code(f"workflow/report/{path.name}") for path in sorted(Path(CODE, "workflow/report").glob("*.rst"))]
SITE_FILES = [
    of_code(f"workflow/report/site/{path.name}") for path in sorted(Path(CODE, "workflow/report/site").glob("[a-z]*"))
]

# Made from assets alone
ONTOLOGY = "results/assets/ontology/terms.csv"
FREQUENCIES = "results/assets/ontology/frequencies.csv"
HEAD_MODEL = f"results/assets/head_model/{config['cohort']['look']}.npz"

# The cohort. LABELLED: the first table that says who has which label (of a rendered cohort, before it is rendered).
LABELLED = "results/{cohort}/cohort/plan.csv" if RENDERED else "results/{cohort}/samples.csv"
SHARDS = [f"results/{{cohort}}/cohort/shard-{shard}" for shard in range(1, config["cohort"]["shards"] + 1)]

# Photographs of another source that are added as controls (config cohort.controls), and how they were chosen
CONTROL_TABLES = {
    name: f"results/{{cohort}}/cohort/{name}.csv"
    for name in (["controls", "controls_balance", "controls_excluded"] if "controls" in config["cohort"] else [])
}

# Faces
FACES = "results/{cohort}/faces"
DETECTOR_WEIGHTS = detector_registry.weights(config["faces"]["detector"]) or []
LARGEST_CROPS = max(config["faces"]["sizes"])
# The sheet of parts: windows where the study's experts have them; else the paper's crops, which are cut at 224 pixels
OF_PARTS = {each.get("backbone") for each in config["models"].values() if "part" in each.get("options", {})}
PART_WINDOWS = bool(OF_PARTS) and "deepgestalt" not in OF_PARTS
PART_CROPS = LARGEST_CROPS if PART_WINDOWS else 224
COMPARED_CROPS = min(config["faces"]["sizes"], key=lambda size: (size < 112, abs(size - 112)))  # with enough detail

# One network, and what explains it
FOLD = "results/{cohort}/{model}/fold-{fold}"
KEEP_MAPS = config["saliency"].get("keep", "maps") == "maps"
STACK = {"float32": "npy", "float16": "npz"}[config["saliency"].get("format", "float32")]  # of maps
COEFFICIENTS = expand("results/{cohort}/{model}/coefficients/{method}.csv", method=METHODS, allow_missing=True)
TABLES = "results/{cohort}/{model}/tables"
FIGURES = "results/{cohort}/{model}/figures"
EVALUATION = "results/{cohort}/{model}/evaluation"
SYNDROME_MAPS = "results/{cohort}/{model}/syndrome_maps"
MEAN_FACES = "results/{cohort}/syndrome_maps"
TRAINING_RUNS = "results/{cohort}/{model}/training_runs"
BETWEEN = "results/compared/{model}"  # over several cohorts

# Tables that are joined over several training runs -> where each run has its own
JOINED = dict.fromkeys(["table2", "table2_accuracy", "table3_tests"], TABLES)
JOINED |= {variant_file(table, v): TABLES for table in ("table3", "table4") for v in config["statistics"]["variants"]}
JOINED |= dict.fromkeys(["scores", "ranking"], EVALUATION) if config["evaluation"]["in_report"] else {}
JOINED = JOINED if config["folds"]["repeats"] > 1 else {}

# Matching
MATCHING = "results/{cohort}/matching"
ENCODINGS = expand(f"{MATCHING}/encodings/{{encoder}}.npy", encoder=ENCODERS, allow_missing=True)
