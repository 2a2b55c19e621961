# The Human Phenotype Ontology as two small tables: its terms, and how often the recipes' diseases show them.


rule ontology:
    input:
        obo="results/assets/hp.obo",
        annotations="results/assets/phenotype.hpoa",
        recipes=RECIPES + SUBTYPES,
    output:
        terms=ONTOLOGY,
        frequencies=FREQUENCIES,
    log:
        "results/logs/assets/ontology.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Tables of the Human Phenotype Ontology"
    script:
        "../../scripts/ontology.py"
