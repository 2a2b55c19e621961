# What the experts of DeepGestalt (Gurovich et al. 2019) see: the parts of the face. On demand: no part of the study.

FACE_PARTS = of_code("resources/face_parts.csv")


rule check_parts:
    input:
        samples="results/{cohort}/samples.csv",
        index="results/{cohort}/faces/index.csv",
        landmarks="results/{cohort}/faces/landmarks.npy",
        parts=FACE_PARTS,
        shards=SHARDS if RENDERED else [],
    output:
        parts=report(
            "results/{cohort}/tables/part_check.csv",
            caption="../../report/part_check.rst",
            category="DeepGestalt",
            labels={"content": "what each part of the face holds", "format": "CSV"},
        ),
        landmarks="results/{cohort}/tables/part_landmarks.csv",
    log:
        "results/logs/{cohort}/statistics-part_check.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "What each part of the face holds, in {wildcards.cohort}"
    script:
        "../../scripts/part_check.py"


rule draw_part_sheet:
    input:
        crops=f"results/{{cohort}}/faces/crops_{PART_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        parts=FACE_PARTS,
    output:
        figure=report(
            "results/{cohort}/figures/part_sheet.png",
            caption="../../report/part_sheet.rst",
            category="DeepGestalt",
            labels={"model": "", "figure": "Parts of a few faces"},
        ),
    log:
        "results/logs/{cohort}/figures-part_sheet.log",
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        figure=config["figures"]["part_sheet"],
        windows=PART_WINDOWS,
    message:
        "Parts of a few faces of {wildcards.cohort}"
    script:
        "../../scripts/draw_part_sheet.py"
