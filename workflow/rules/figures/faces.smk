# Figure 1 of Sümer et al. 2023 (faces), faces with warnings, and the region sets on the mean face.


rule draw_montage:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            "results/{cohort}/figures/figure1.png",
            caption="../../report/figure1.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 1, faces"},
        ),
    log:
        "results/logs/{cohort}/figures-figure1.log",
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        figure=config["figures"]["figure1"],
    message:
        "Figure 1 of {wildcards.cohort}"
    script:
        "../../scripts/draw_montage.py"


rule draw_warned_faces:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        excluded="results/{cohort}/faces/excluded.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            "results/{cohort}/figures/warned_faces.png",
            caption="../../report/warned_faces.rst",
            category="Figures",
            labels={"model": "", "figure": "Faces with warnings"},
        ),
    log:
        "results/logs/{cohort}/figures-warned_faces.log",
    resources:
        mem_mb=1500,
        runtime=10,
    message:
        "Faces of {wildcards.cohort} with warnings, and excluded photographs"
    script:
        "../../scripts/draw_warned_faces.py"


rule draw_region_sets:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        regions=[
            f"results/{{cohort}}/faces/regions_{LARGEST_CROPS if name == 'paper' else f'{name}_{LARGEST_CROPS}'}.npy"
            for name in REGION_SETS
        ],
        sets=REGION_FILE,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            "results/{cohort}/figures/figure_regions.png",
            caption="../../report/figure_regions.rst",
            category="Figures",
            labels={"model": "", "figure": "Region sets"},
        ),
    log:
        "results/logs/{cohort}/figures-regions.log",
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        sets=REGION_SETS,
    message:
        "Region sets of {wildcards.cohort} on the mean face"
    script:
        "../../scripts/draw_region_sets.py"
