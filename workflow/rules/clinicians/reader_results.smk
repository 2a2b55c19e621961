# What readers answered: their files read without trust, tables and figures. Simulated readers where nobody has yet.

# Of the readers' answers: every table that is read from the files
READ_FROM_FILES = ["readers", "answers", "ratings", "composites", "set_aside"]


rule simulate_readers:
    input:
        design=rules.reader_kit.output.design,
    output:
        answers=directory(f"{READER_RESULTS}/simulated_answers"),
    log:
        "results/logs/{cohort}/reader_study-simulate.log",
    resources:
        mem_mb=500,
        runtime=5,
    params:
        effects=READER_STUDY["effects"],
        readers=READER_STUDY["simulated_readers"],
        seed=SEED,
    message:
        "SIMULATED readers answer the reader study of {wildcards.cohort}"
    script:
        "../../scripts/simulate_readers.py"


rule read_answers:
    input:
        design=rules.reader_kit.output.design,
        files=reader_files,
    output:
        **{name: f"{READER_TABLES}/{name}.csv" for name in READ_FROM_FILES},
    log:
        "results/logs/{cohort}/reader_study-read.log",
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Read the readers' files of {wildcards.cohort}"
    script:
        "../../scripts/read_answers.py"


rule reader_measures:
    input:
        answers=f"{READER_TABLES}/answers.csv",
    output:
        output=report(
            f"{READER_TABLES}/measures.csv",
            caption="../../report/reader_measures.rst",
            category="Clinicians",
            labels={"content": "accuracy, confidence, reliance", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/reader_study-measures.log",
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        resamples=BOOTSTRAP["n_resamples"],
        deals=config["statistics"]["permutations"],
        level=BOOTSTRAP["level"],
        seed=SEED,
    message:
        "Accuracy, confidence and reliance of the readers of {wildcards.cohort}"
    script:
        "../../scripts/reader_measures.py"


rule reader_models:
    input:
        answers=f"{READER_TABLES}/answers.csv",
        measures=f"{READER_TABLES}/measures.csv",
    output:
        output=report(
            f"{READER_TABLES}/models.csv",
            caption="../../report/reader_models.rst",
            category="Clinicians",
            labels={"content": "models of right answers", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/reader_study-models.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        level=BOOTSTRAP["level"],
    message:
        "Models of the right answers of the readers of {wildcards.cohort}"
    script:
        "../../scripts/reader_models.py"


rule reader_ratings:
    input:
        ratings=f"{READER_TABLES}/ratings.csv",
        composites=f"{READER_TABLES}/composites.csv",
    output:
        likert=report(
            f"{READER_TABLES}/likert.csv",
            caption="../../report/reader_likert_table.rst",
            category="Clinicians",
            labels={"content": "Likert answers", "format": "CSV"},
        ),
        attention=report(
            f"{READER_TABLES}/attention.csv",
            caption="../../report/reader_attention.rst",
            category="Clinicians",
            labels={"content": "explanations and control maps", "format": "CSV"},
        ),
        classes=report(
            f"{READER_TABLES}/recognised_composites.csv",
            caption="../../report/reader_composites.rst",
            category="Clinicians",
            labels={"content": "recognised composites", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/reader_study-ratings.log",
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        level=BOOTSTRAP["level"],
        seed=SEED,
    message:
        "What the readers of {wildcards.cohort} say of explanations and composites"
    script:
        "../../scripts/reader_ratings.py"


rule reader_agreement:
    input:
        answers=f"{READER_TABLES}/answers.csv",
        ratings=f"{READER_TABLES}/ratings.csv",
    output:
        output=report(
            f"{READER_TABLES}/agreement.csv",
            caption="../../report/reader_agreement.rst",
            category="Clinicians",
            labels={"content": "agreement of readers", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/reader_study-agreement.log",
    conda:
        "../../../envs/clinicians.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        resamples=BOOTSTRAP["n_resamples"],
        level=BOOTSTRAP["level"],
        seed=SEED,
    message:
        "Agreement of the readers of {wildcards.cohort}"
    script:
        "../../scripts/reader_agreement.py"


rule reader_power:
    input:
        design=rules.reader_kit.output.design,
    output:
        output=report(
            f"{READER_TABLES}/power.csv",
            caption="../../report/reader_power.rst",
            category="Clinicians",
            labels={"content": "power", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/reader_study-power.log",
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        effects=READER_STUDY["effects"],
        readers=READER_STUDY["readers"],
        studies=READER_STUDY["power_studies"],
        level=BOOTSTRAP["level"],
        seed=SEED,
    message:
        "Power of the reader study of {wildcards.cohort}, by simulated readers"
    script:
        "../../scripts/reader_power.py"
