# What another training run would change (config folds.repeats): the same table of every run of a network, joined.
# The further runs are made by the rules of the first (as model resnet18_morph.run2), and only as far as is needed here.


rule across_runs:
    input:
        tables=lambda wildcards: [
            f"{JOINED[wildcards.table]}/{wildcards.table}.csv".format(cohort=wildcards.cohort, model=run)
            for run in STUDY.runs(wildcards.model)
        ],
        samples="results/{cohort}/samples.csv",
    output:
        csv=report(
            f"{TRAINING_RUNS}/{{table}}.csv",
            caption="../../report/training_runs.rst",
            category="Training runs",
            subcategory="{model}",
            labels={"content": "{table}", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/training_runs-{table}.log",
    wildcard_constraints:
        model="|".join(map(re.escape, MODELS)),
        table="|".join(map(re.escape, JOINED)) or "none",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        ranges={name: facts["range"] for name, facts in MEASURES.items()},
        level=BOOTSTRAP["level"],
    message:
        "{wildcards.table} of {wildcards.model} over all training runs"
    script:
        "../../scripts/across_runs.py"
