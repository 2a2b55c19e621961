# Cases: a photograph that is in no study, explained by the networks of a finished one. `snakemake case` alone asks for
# them. Evaluation tables are read where they are there: none is made for a case.


# What all cases need of the fold networks, made with the first of them; all folds in one job, since to start takes long.
rule case_gallery:
    input:
        unpack(model_inputs),
        unpack(study_faces),
        checkpoints=each_fold("checkpoint.safetensors"),
        explained="results/{cohort}/explained.csv",
        maps=case_maps(f"{{method}}.{STACK}", CASE_METHODS),
        indices=case_maps("{method}.csv", CASE_METHODS),
        signs=case_maps("{method}_signs.npz", CASE_PICTURED),
    output:
        faces=each_fold("cases/faces.npz"),
        coefficients=each_fold("cases/coefficients.csv"),
    log:
        "results/logs/{cohort}/{model}/case-gallery.log",
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    params:
        folds=FOLDS,
        methods={method: STUDY.method_settings(method) for method in CASE_METHODS},
        policy=POLICIES[CASE_POLICY],
        region_set=CASE_SET,
        seed=SEED,
        batch=config["run"]["batch_size"],
        device=config["run"]["device"],
        precision=PRECISION,
        control=config["statistics"]["control"],
    message:
        "What cases need of {wildcards.model}"
    script:
        "../../scripts/case_gallery.py"


rule explain_case:
    input:
        unpack(model_inputs),
        unpack(study_faces),
        photo=case_photograph,
        detector=f"results/assets/{detector_registry.DETECTORS[CASE_DETECTOR].asset}",
        parser="results/assets/bisenet.pth",
        landmarks=landmark_weights,
        checkpoints=each_fold("checkpoint.safetensors"),
        galleries=rules.case_gallery.output.faces,
        coefficients=rules.case_gallery.output.coefficients,
        signs=rules.case_gallery.input.signs,
        recipes=RECIPES,
        terms=HPO_TERMS,
    output:
        case=f"{CASE_DATA}/case.json",
        crop=f"{CASE_DATA}/crop.png",
        face=f"{CASE_DATA}/face.png",
        regions_map=f"{CASE_DATA}/regions.png",
        photo=f"{CASE_DATA}/photo.jpg",
        quality=f"{CASE_DATA}/quality.csv",
        probabilities=f"{CASE_DATA}/probabilities.csv",
        classes=f"{CASE_DATA}/classes.csv",
        calibration=f"{CASE_DATA}/calibration.csv",
        maps=f"{CASE_DATA}/maps.npy",
        maps_table=f"{CASE_DATA}/maps.csv",
        regions=f"{CASE_DATA}/regions.csv",
        values=f"{CASE_DATA}/values.csv",
        pictures=f"{CASE_DATA}/pictures.npy",
        neighbours=f"{CASE_DATA}/neighbours.csv",
        neighbour_faces=f"{CASE_DATA}/neighbours.npy",
        standing=f"{CASE_DATA}/standing.csv",
        terms=f"{CASE_DATA}/terms.csv",
    log:
        "results/logs/{cohort}/{model}/cases/{case}.log",
    wildcard_constraints:
        case=r"[^/]+",
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=30,
    params:
        asked=lambda wildcards: {
            "cohort": wildcards.cohort,
            "model": wildcards.model,
            "backbone": STUDY.backbone(wildcards.model).name,
            "simulated": RENDERED,
            "folds": FOLDS,
            "methods": {method: STUDY.method_settings(method) for method in CASE_METHODS},
            "notes": case_notes(),
            "classes": CASE["classes"],
            "against": CASE["against"],
            "level": CASE["level"],
            "neighbours": CASE["neighbours"],
            "control": config["statistics"]["control"],
            "policy": CASE_POLICY,
            "policies": POLICIES,
            "region_set": CASE_SET,
            "alike_set": RANKED_SET or CASE_SET,
            "faces": config["faces"] | {"detector": CASE_DETECTOR},
            "device": config["run"]["device"],
            "precision": PRECISION,
            "batch": config["run"]["batch_size"],
            "seed": SEED,
            "ranking": f"{EVALUATION}/ranking.csv".format(**wildcards),
            "region_values": f"{EVALUATION}/region_values.csv".format(**wildcards),
            "frequencies": FREQUENCIES,
        },
    message:
        "Case {wildcards.case}, explained by {wildcards.model}"
    script:
        "../../scripts/explain_case.py"
