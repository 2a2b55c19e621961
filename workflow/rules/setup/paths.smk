# Where the files of a study lie: paths that more than one rule file names, in the order in which they are made.

# Files of this repository. Their content counts (every_rule.smk), not their time stamps, which a new checkout sets anew.
HPO_TERMS = ancient("resources/hpo_terms.csv")
REGION_FILE = ancient("resources/regions.yaml")  # every region set
FACE_DATASETS = ancient("resources/face_datasets.csv")
RECIPES = ancient(sorted(str(path) for path in Path("resources/syndromes").glob("*.yaml")))
TEMPLATE = ancient("workflow/report/report.html.j2")

# Made from assets alone
ONTOLOGY = "results/assets/ontology/terms.csv"
FREQUENCIES = "results/assets/ontology/frequencies.csv"
HEAD_MODEL = f"results/assets/head_model/{config['cohort']['look']}.npz"

# The cohort. LABELLED: the first table that says who has which label (of a rendered cohort, before it is rendered).
LABELLED = "results/{cohort}/cohort/plan.csv" if RENDERED else "results/{cohort}/samples.csv"
SHARDS = [f"results/{{cohort}}/cohort/shard-{shard}" for shard in range(1, config["cohort"]["shards"] + 1)]

# Faces
LARGEST_CROPS = max(config["faces"]["sizes"])
COMPARED_CROPS = min(config["faces"]["sizes"], key=lambda size: (size < 112, abs(size - 112)))  # with enough detail

# One network, and what explains it
FOLD = "results/{cohort}/{model}/fold-{fold}"
COEFFICIENTS = expand("results/{cohort}/{model}/coefficients/{method}.csv", method=METHODS, allow_missing=True)
TABLES = "results/{cohort}/{model}/tables"
FIGURES = "results/{cohort}/{model}/figures"
EVALUATION = "results/{cohort}/{model}/evaluation"
BETWEEN = "results/compared/{model}"  # over several cohorts

# Matching
MATCHING = "results/{cohort}/matching"
ENCODINGS = expand(f"{MATCHING}/encodings/{{encoder}}.npy", encoder=ENCODERS, allow_missing=True)
