# Where the files of a study lie: paths that more than one rule file names, in the order in which they are made.

# Files of this repository
HPO_TERMS = "resources/hpo_terms.csv"
RECIPES = sorted(str(path) for path in Path("resources/syndromes").glob("*.yaml"))

# Made from assets alone
ONTOLOGY = "results/assets/ontology/terms.csv"
FREQUENCIES = "results/assets/ontology/frequencies.csv"
HEAD_MODEL = f"results/assets/head_model/{config['cohort']['look']}.npz"

# The cohort. LABELLED: the first table that says who has which label (of a rendered cohort, before it is rendered).
LABELLED = "results/{cohort}/cohort/plan.csv" if RENDERED else "results/{cohort}/samples.csv"
SHARDS = [f"results/{{cohort}}/cohort/shard-{shard}" for shard in range(1, config["cohort"]["shards"] + 1)]

# Faces
LARGEST_CROPS = max(config["faces"]["sizes"])

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
