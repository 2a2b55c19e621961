# The 106 landmarks of every face, for what warps faces. A job of its own: methods that take no landmarks do not need it.
LANDMARKS = f"{FACES}/landmarks.npy"


rule landmarks:
    input:
        samples=SAMPLES if RENDERED else ancient(f"{LISTS}/{PATHS}"),
        index=f"{FACES}/index.csv",
        weights="results/assets/landmarks_106.onnx",
    output:
        landmarks=LANDMARKS,
        table=f"{FACES}/landmarks.csv",
    log:
        "results/logs/{cohort}/landmarks.log",
    resources:
        mem_mb=2500,
        runtime=240,
    message:
        "Landmarks of {wildcards.cohort}: 106 points of each face"
    script:
        "../../scripts/landmarks.py"
