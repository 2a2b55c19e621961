# A study with readers: the folder that they receive, and its design, which stays. Read where the config has `reader_study`.

READER_MODEL = READER_STUDY["model"] or MODELS[0]
READER_METHODS = [*READER_STUDY["explanations"], *(READER_STUDY["controls"] if READER_STUDY["control_faces"] else [])]


rule reader_kit:
    input:
        **({"landmarks": "results/{cohort}/faces/landmarks.npy"} if READER_STUDY["composites"] else {}),
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        predictions=expand(f"{FOLD}/predictions.csv", model=READER_MODEL, fold=READER_STUDY_FOLDS, allow_missing=True),
        maps=[
            path
            for method in READER_METHODS
            for path in expand(
                f"{FOLD}/saliency/{method}.{STACK}", model=READER_MODEL, fold=READER_STUDY_FOLDS, allow_missing=True
            )
        ],
        indices=[
            path
            for method in READER_METHODS
            for path in expand(
                f"{FOLD}/saliency/{method}.csv", model=READER_MODEL, fold=READER_STUDY_FOLDS, allow_missing=True
            )
        ],
        page=list(READER_STUDY_PAGE.values()),
        texts=reader_study_texts(),
    output:
        design="results/{cohort}/reader_study/design.json",
        kit=directory("results/{cohort}/reader_study/kit"),
    log:
        "results/logs/{cohort}/reader_study-kit.log",
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        methods=READER_METHODS,
        page=list(READER_STUDY_PAGE),
        settings=lambda wildcards: {
            **{
                key: READER_STUDY[key]
                for key in ("set", "faces", "design", "explanations", "controls", "control_faces", "composites")
            },
            "languages": READER_STUDY["languages"],
            "readers": READER_STUDY["readers"],
            "cohort": wildcards.cohort,
            "model": READER_MODEL,
            "colormap": config["figures"]["colormap"],
        },
        seed=SEED,
    message:
        "Kit of the reader study of {wildcards.cohort}: it holds photographs, hand it only to whom the consent names"
    script:
        "../../scripts/reader_kit.py"
