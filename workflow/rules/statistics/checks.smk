# Is the signal in the face, and do detector, parser and raters do what is said of them? Any cohort has the leak table;
# the other two need a truth that only a rendered cohort has.

PROBED_CROPS = min(config["faces"]["sizes"])


rule probe_leaks:
    input:
        samples="results/{cohort}/samples.csv",
        index="results/{cohort}/faces/index.csv",
        crops=f"results/{{cohort}}/faces/crops_{PROBED_CROPS}.npy",
        folds="results/{cohort}/folds.csv",
        photographs="results/{cohort}/faces/photographs.csv",
        encoder="results/assets/arcface_mbf.onnx",
        shards=SHARDS if RENDERED else [],
    output:
        csv=report(
            "results/{cohort}/tables/leaks.csv",
            caption="../../report/leaks.rst",
            category="Checks of the cohort",
            labels={"content": "leak table", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/leaks.tex",
        files="results/{cohort}/tables/file_classes.csv",
    log:
        "results/logs/{cohort}/statistics-leaks.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        C=config["leaks"]["C"],
        shuffles=config["leaks"]["shuffles"],
        images=config["leaks"]["images"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Leak table of {wildcards.cohort}"
    script:
        "../../scripts/leaks.py"


rule parsing_truth:
    input:
        samples="results/{cohort}/samples.csv",
        index="results/{cohort}/faces/index.csv",
        excluded="results/{cohort}/faces/excluded.csv",
        labels=f"results/{{cohort}}/faces/labels_{LARGEST_CROPS}.npy",
        regions=f"results/{{cohort}}/faces/regions_{LARGEST_CROPS}.npy",
        shards=SHARDS,
    output:
        csv=report(
            "results/{cohort}/tables/parsing.csv",
            caption="../../report/parsing.rst",
            category="Checks of the cohort",
            labels={"content": "detector and parser against truth", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/parsing.tex",
    log:
        "results/logs/{cohort}/statistics-parsing.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Detector and parser of {wildcards.cohort} against the rendered truth"
    script:
        "../../scripts/parsing_truth.py"


rule rater_truth:
    input:
        marks="results/{cohort}/cohort/marks.csv",
        labels=LABELLED,
    output:
        csv=report(
            "results/{cohort}/tables/raters.csv",
            caption="../../report/raters.rst",
            category="Checks of the cohort",
            labels={"content": "simulated raters", "format": "CSV"},
        ),
        tex="results/{cohort}/tables/raters.tex",
    log:
        "results/logs/{cohort}/statistics-raters.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Simulated raters of {wildcards.cohort}: realised sensitivity, false alarms and agreement"
    script:
        "../../scripts/rater_truth.py"


CHECKS = [*rules.probe_leaks.output, *([*rules.parsing_truth.output, *rules.rater_truth.output] if RENDERED else [])]
