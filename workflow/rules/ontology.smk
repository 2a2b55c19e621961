# The Human Phenotype Ontology as two small tables: its terms, and how often the recipes' diseases show them.
ONTOLOGY = "results/assets/ontology/terms.csv"
FREQUENCIES = "results/assets/ontology/frequencies.csv"
HPO_TERMS = "resources/hpo_terms.csv"
RECIPES = sorted(str(path) for path in Path("resources/syndromes").glob("*.yaml"))


rule ontology:
    input:
        obo="results/assets/hp.obo",
        annotations="results/assets/phenotype.hpoa",
        recipes=RECIPES,
    output:
        terms=ONTOLOGY,
        frequencies=FREQUENCIES,
    log:
        "results/logs/assets/ontology.log",
    benchmark:
        "results/benchmarks/assets/ontology.tsv"
    conda:
        "../../envs/cohort.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Tables of the Human Phenotype Ontology"
    script:
        "../scripts/ontology.py"
