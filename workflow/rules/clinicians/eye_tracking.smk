# Eye-tracking: where readers look, beside where explanations lie (docs/howto/eye_tracking.md). Included where the config has
# such a section; no other result depends on it. What brings places into the crop needs the libraries of the faces.


rule simulate_gaze:
    input:
        unpack(gaze_truth),
        faces="results/{cohort}/faces/index.csv",
        photographs="results/{cohort}/faces/photographs.csv",
        samples="results/{cohort}/samples.csv",
        scored="results/{cohort}/scored.csv",
    output:
        table=f"{EYES}/simulated_fixations.csv",
    log:
        "results/logs/{cohort}/{model}/eye_tracking-simulate.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        section=EYE_TRACKING,
        size=crop_size,
        changed=config["evaluation"]["changed"],
        seed=SEED,
    message:
        "Simulated readers look at faces of {wildcards.cohort}"
    script:
        "../../scripts/simulate_gaze.py"


rule clean_fixations:
    input:
        unpack(gaze_files),
        faces="results/{cohort}/faces/index.csv",
        photographs="results/{cohort}/faces/photographs.csv",
        samples="results/{cohort}/samples.csv",
    output:
        fixations=f"{EYES}/fixations.csv",
        excluded=f"{EYES}/excluded.csv",
    log:
        "results/logs/{cohort}/{model}/eye_tracking-clean.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        section=EYE_TRACKING,
        size=crop_size,
    message:
        "Fixations on faces of {wildcards.cohort}"
    script:
        "../../scripts/clean_fixations.py"


rule fixation_density:
    input:
        unpack(region_stacks),
        fixations=rules.clean_fixations.output.fixations,
        faces="results/{cohort}/faces/index.csv",
        photographs="results/{cohort}/faces/photographs.csv",
        samples="results/{cohort}/samples.csv",
        sets=REGION_FILE,
    output:
        densities=f"{EYES}/densities.npy",
        index=f"{EYES}/densities.csv",
        dwell=report(
            f"{EYES}/dwell.csv",
            caption="../../report/dwell.rst",
            category="Eye-tracking",
            subcategory="{model}",
            labels={"content": "time on each region", "format": "CSV"},
        ),
        dwell_readers=f"{EYES}/dwell_readers.csv",
    log:
        "results/logs/{cohort}/{model}/eye_tracking-density.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        section=EYE_TRACKING,
        size=crop_size,
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Fixation densities on faces of {wildcards.cohort}"
    script:
        "../../scripts/fixation_density.py"


rule score_gaze:
    input:
        unpack(gaze_truth),
        fixations=rules.clean_fixations.output.fixations,
        maps=[each_fold(f"saliency/{method}.{STACK}") for method in EYE_METHODS],
        indices=[each_fold(f"saliency/{method}.csv") for method in EYE_METHODS],
        predictions=each_fold("predictions.csv"),
        scored="results/{cohort}/scored.csv",
        samples="results/{cohort}/samples.csv",
        faces="results/{cohort}/faces/index.csv",
        photographs="results/{cohort}/faces/photographs.csv",
        regions_paper=lambda wildcards: face_stack("regions", wildcards),
        sets=REGION_FILE,
    output:
        scores=report(
            f"{EYES}/gaze_scores.csv",
            caption="../../report/gaze_scores.rst",
            category="Eye-tracking",
            subcategory="{model}",
            labels={"content": "maps against gaze", "format": "CSV"},
        ),
        bounds=report(
            f"{EYES}/gaze_bounds.csv",
            caption="../../report/gaze_bounds.rst",
            category="Eye-tracking",
            subcategory="{model}",
            labels={"content": "floor and ceiling", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/eye_tracking-scores.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        section=EYE_TRACKING,
        methods=EYE_METHODS,
        controls=[method for method in EYE_METHODS if STUDY.is_control(method)],
        folds=FOLDS,
        size=crop_size,
        changed=config["evaluation"]["changed"],
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Maps of {wildcards.model} against where readers look"
    script:
        "../../scripts/score_gaze.py"


rule draw_gaze_scores:
    input:
        scores=rules.score_gaze.output.scores,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{EYES}/gaze_scores.svg",
            caption="../../report/gaze_scores_figure.rst",
            category="Eye-tracking",
            subcategory="{model}",
            labels={"content": "maps against gaze", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/eye_tracking-figure.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        simulated="simulated_readers" in EYE_TRACKING,
    message:
        "Figure of maps of {wildcards.model} against where readers look"
    script:
        "../../scripts/draw_gaze_scores.py"


rule draw_gaze_sheet:
    input:
        fixations=rules.clean_fixations.output.fixations,
        densities=rules.fixation_density.output.densities,
        index=rules.fixation_density.output.index,
        crops=lambda wildcards: face_stack("crops", wildcards),
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        maps=[each_fold(f"saliency/{method}.{STACK}") for method in EYE_SHEET_METHODS],
        indices=[each_fold(f"saliency/{method}.csv") for method in EYE_SHEET_METHODS],
    output:
        figure=report(
            f"{EYES}/gaze_sheet.png",
            caption="../../report/gaze_sheet.rst",
            category="Eye-tracking",
            subcategory="{model}",
            labels={"content": "faces, fixations and maps", "format": "PNG"},
        ),
    log:
        "results/logs/{cohort}/{model}/eye_tracking-sheet.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=EYE_SHEET_METHODS,
        simulated="simulated_readers" in EYE_TRACKING,
        colormap=config["figures"]["colormap"],
    message:
        "Faces of {wildcards.cohort} with fixations and maps"
    script:
        "../../scripts/draw_gaze_sheet.py"
