# Figures 2 and 3 of GestaltMatcher-Arc, clusters, and the sheet of matches.


rule draw_arc_tail:
    input:
        splits=f"{MATCHING}/splits.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{MATCHING}/figures/arc_figure2.svg",
            caption="../../report/arc_figure2.rst",
            category="Matching",
            labels={"content": "Figure 2 of GestaltMatcher-Arc", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/matching-figure2.log",
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Figure 2 of GestaltMatcher-Arc for {wildcards.cohort}"
    script:
        "../../scripts/draw_arc_tail.py"


rule draw_arc_identities:
    input:
        accuracy=f"{MATCHING}/tables/accuracy.csv",
        verification=f"{MATCHING}/tables/verification.csv",
        samples="results/{cohort}/samples.csv",
        datasets=FACE_DATASETS,
    output:
        figure=report(
            f"{MATCHING}/figures/arc_figure3.svg",
            caption="../../report/arc_figure3.rst",
            category="Matching",
            labels={"content": "Figure 3 of GestaltMatcher-Arc", "format": "SVG"},
        ),
        table=f"{MATCHING}/figures/arc_figure3.csv",
    log:
        "results/logs/{cohort}/matching-figure3.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        encoders=config["matching"]["encoders"],
    message:
        "Figure 3 of GestaltMatcher-Arc for {wildcards.cohort}"
    script:
        "../../scripts/draw_arc_identities.py"


rule draw_clusters:
    input:
        splits=f"{MATCHING}/splits.csv",
        encodings=ENCODINGS,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{MATCHING}/figures/clusters.svg",
            caption="../../report/match_clusters.rst",
            category="Matching",
            labels={"content": "clusters of faces and disorders", "format": "SVG"},
        ),
        points=f"{MATCHING}/figures/clusters.csv",
        distances=f"{MATCHING}/figures/disorder_distances.csv",
    log:
        "results/logs/{cohort}/matching-clusters.log",
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        ensemble=config["matching"]["ensemble"],
        perplexity=config["figures"]["perplexity"],
        seed=SEED,
    message:
        "Clusters of the faces of {wildcards.cohort}"
    script:
        "../../scripts/draw_clusters.py"


rule draw_match_sheet:
    input:
        nearest=f"{MATCHING}/nearest.csv",
        splits=f"{MATCHING}/splits.csv",
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        index="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{MATCHING}/figures/match_sheet.png",
            caption="../../report/match_sheet.rst",
            category="Matching",
            labels={"content": "nearest gallery faces", "format": "PNG"},
        ),
    log:
        "results/logs/{cohort}/matching-sheet.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        samples=config["matching"]["sheet"]["samples"],
        queries=config["matching"]["sheet"]["count"],
    message:
        "Nearest gallery faces of queries of {wildcards.cohort}"
    script:
        "../../scripts/draw_match_sheet.py"
