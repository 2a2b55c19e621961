# Figures 3 and 5 of Sümer et al. 2023 (cases, maps), a contact sheet of all maps, and a sheet of pictures without a region.

MAPS_FOLD = config["figures"]["figure5"]["fold"]


rule draw_case:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        regions=f"results/{{cohort}}/faces/regions_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        coefficients=COEFFICIENTS,
        annotations="results/{cohort}/hpo_annotations.csv",
        terms=HPO_TERMS,
    output:
        figure=report(
            f"{FIGURES}/figure3.svg",
            caption="../../report/figure3.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Figure 3, cases"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-figure3.log",
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        policy=config["statistics"]["variants"]["corrected"]["policy"]["rq2"],
        figure=config["figures"]["figure3"],
        control=config["statistics"]["control"],
    message:
        "Figure 3 of {wildcards.model}"
    script:
        "../../scripts/draw_case.py"


rule draw_maps:
    input:
        **shown_maps("figure5", MAPS_FOLD),
        crops=lambda wildcards: face_stack("crops", wildcards),
        regions=lambda wildcards: face_stack("regions", wildcards),
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{FIGURES}/figure5.png",
            caption="../../report/figure5.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Figure 5, maps"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-figure5.log",
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        figure=config["figures"]["figure5"],
        colormap=config["figures"]["colormap"],
        control=config["statistics"]["control"],
    message:
        "Figure 5 of {wildcards.model}"
    script:
        "../../scripts/draw_maps.py"


rule draw_contact_sheet:
    input:
        **shown_maps("contact_sheet", FOLDS),
        crops=lambda wildcards: face_stack("crops", wildcards),
        regions=lambda wildcards: face_stack("regions", wildcards),
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{FIGURES}/contact_sheet.png",
            caption="../../report/contact_sheet.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Contact sheet of maps"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-contact_sheet.log",
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        figure=config["figures"]["contact_sheet"],
        colormap=config["figures"]["colormap"],
        control=config["statistics"]["control"],
    message:
        "Contact sheet of {wildcards.model}"
    script:
        "../../scripts/draw_contact_sheet.py"


rule draw_counterfactual_sheet:
    input:
        unpack(shown_pictures),
        crops=lambda wildcards: face_stack("crops", wildcards),
        index="results/{cohort}/faces/index.csv",
        people="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{FIGURES}/counterfactual_sheet.png",
            caption="../../report/counterfactual_sheet.rst",
            category="Figures",
            labels={"model": "{model}", "figure": "Faces without a region"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-counterfactual_sheet.log",
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        method=SHEET_METHOD,
        folds=FOLDS,
        figure={key: value for key, value in SHEET.items() if key != "method"},
        control=config["statistics"]["control"],
    message:
        "Faces without a region, for {wildcards.model}"
    script:
        "../../scripts/draw_counterfactual_sheet.py"
