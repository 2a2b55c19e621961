# Matching of faces by their encodings (GestaltMatcher-Arc): galleries and test sets, ranks, mean accuracies, verification.


rule match_splits:
    input:
        **({} if config["folds"]["near_copies"] == "ignore" else {"copies": rules.near_copies.output.copies}),
        samples="results/{cohort}/samples.csv",
        faces="results/{cohort}/faces/index.csv",
        lists="results/{cohort}/cohort/lists.csv" if READER and READER.lists else [],
    output:
        splits=f"{MATCHING}/splits.csv",
        excluded=f"{MATCHING}/excluded.csv",
        copies=f"{MATCHING}/near_copies.csv",
    log:
        "results/logs/{cohort}/matching-splits.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings={key: config["matching"][key] for key in ("rare_below", "repeats", "test_share", "control")},
        control=config["statistics"]["control"],
        seed=SEED,
    message:
        "Galleries and test sets of {wildcards.cohort}"
    script:
        "../../scripts/match_splits.py"


rule match_ranks:
    input:
        splits=f"{MATCHING}/splits.csv",
        encodings=ENCODINGS,
    output:
        ranks=f"{MATCHING}/ranks.csv",
        nearest=f"{MATCHING}/nearest.csv",
    log:
        "results/logs/{cohort}/matching-ranks.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings={key: config["matching"][key] for key in ("ensemble", "k")},
        places=config["matching"]["sheet"]["places"],
    message:
        "Matching the test images of {wildcards.cohort}"
    script:
        "../../scripts/match_ranks.py"


rule match_accuracy:
    input:
        ranks=f"{MATCHING}/ranks.csv",
        samples="results/{cohort}/samples.csv",
    output:
        accuracy=report(
            f"{MATCHING}/tables/accuracy.csv",
            caption="../../report/match_accuracy.rst",
            category="Matching",
            labels={"content": "mean accuracy", "format": "CSV"},
        ),
        disorders=report(
            f"{MATCHING}/tables/disorders.csv",
            caption="../../report/match_disorders.rst",
            category="Matching",
            labels={"content": "accuracy of each disorder", "format": "CSV"},
        ),
        differences=report(
            f"{MATCHING}/tables/differences.csv",
            caption="../../report/match_differences.rst",
            category="Matching",
            labels={"content": "differences of systems", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/matching-accuracy.log",
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        encoders=config["matching"]["encoders"],
        top=config["matching"]["top"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Mean accuracies of matching in {wildcards.cohort}"
    script:
        "../../scripts/match_accuracy.py"


rule match_verification:
    input:
        samples="results/{cohort}/samples.csv",
        encodings=ENCODINGS,
    output:
        pairs=f"{MATCHING}/pairs.csv",
        table=report(
            f"{MATCHING}/tables/verification.csv",
            caption="../../report/match_verification.rst",
            category="Matching",
            labels={"content": "face verification", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/matching-verification.log",
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        settings={key: config["matching"][key] for key in ("ensemble", "verification")},
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Face verification with the encodings of {wildcards.cohort}"
    script:
        "../../scripts/match_verification.py"
