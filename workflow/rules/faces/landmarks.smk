# The 106 landmarks of every face, for what warps faces. A job of its own: methods that take no landmarks do not need it.


rule landmarks:
    input:
        samples=SAMPLES if RENDERED else ancient(f"{LISTS}/{PATHS}"),
        index="results/{cohort}/faces/index.csv",
        weights="results/assets/landmarks_106.onnx",
    output:
        landmarks="results/{cohort}/faces/landmarks.npy",
        table="results/{cohort}/faces/landmarks.csv",
    log:
        "results/logs/{cohort}/landmarks.log",
    resources:
        mem_mb=2500,
        runtime=240,
    message:
        "Landmarks of {wildcards.cohort}: 106 points of each face"
    script:
        "../../scripts/landmarks.py"
