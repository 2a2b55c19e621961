# Faces of further test sets, found and aligned as the study's; occluders are drawn on photographs before that.


if OCCLUDED_SETS:

    rule occlude_test_set:
        input:
            samples=lambda wildcards: of_originals("samples.csv", "results/{cohort}/samples.csv", wildcards),
            index=lambda wildcards: of_originals("index.csv", f"{FACES}/index.csv", wildcards),
            weights="results/assets/landmarks_106.onnx",
        output:
            photographs=directory(f"{TEST_SET}/photographs"),
            samples=f"{TEST_SET}/samples.csv",
        log:
            "results/logs/{cohort}/test_sets/{test_set}-occlude.log",
        wildcard_constraints:
            test_set="|".join(map(re.escape, OCCLUDED_SETS)),
        resources:
            mem_mb=2500,
            runtime=60,
        params:
            occluder=lambda wildcards: TEST_SETS[wildcards.test_set]["occluder"],
            seed=SEED,
        message:
            "Test set {wildcards.test_set}: drawing occluders"
        script:
            "../../scripts/occlude_test_set.py"


rule test_set_faces:
    input:
        **({"landmarks": "results/assets/landmarks_106.onnx"} if DENSE else {}),
        samples=f"{TEST_SET}/samples.csv",
        detector=f"results/assets/{detector_registry.DETECTORS[STUDY.new_detector].asset}",
        parser="results/assets/bisenet.pth",
    output:
        faces=f"{TEST_SET}/faces.npz",
        index=f"{TEST_SET}/index.csv",
        excluded=f"{TEST_SET}/excluded.csv",
        photographs=f"{TEST_SET}/photographs.csv",
    log:
        "results/logs/{cohort}/test_sets/{test_set}-faces.log",
    resources:
        mem_mb=2500,
        runtime=120,
        gpu=int(config["faces"]["device"] == "cuda"),
    params:
        faces=config["faces"] | {"shards": 1, "detector": STUDY.new_detector},
    message:
        "Test set {wildcards.test_set}: detecting, aligning and parsing faces"
    script:
        "../../scripts/test_set_faces.py"
