# Tables 1 to 6, Figures 2 and 3 of GestaltMatcher-Arc, by name (`snakemake arc_table6`), clusters, and the sheet of matches.
# What an encoder was first trained on: matching.encoders.<name>.dataset, or resources/face_datasets.csv for known backbones.

MATCHED = f"{MATCHING}/tables"
ARC = {
    "accuracy": f"{MATCHED}/accuracy.csv",
    "verification": f"{MATCHED}/verification.csv",
    "splits": f"{MATCHING}/splits.csv",
    "excluded": f"{MATCHING}/excluded.csv",
    "samples": "results/{cohort}/samples.csv",
    "datasets": "resources/face_datasets.csv",
}
ARC_NEEDS = {"1": ["samples", "datasets"], "2": ["splits", "excluded", "samples"]}
ARC_NEEDS |= {number: ["accuracy", "verification", "samples", "datasets"] for number in "3456"}


rule arc_table:
    input:
        unpack(lambda wildcards: {name: ARC[name].format(cohort=wildcards.cohort) for name in ARC_NEEDS[wildcards.arc]}),
    output:
        csv=report(
            f"{MATCHED}/arc_table{{arc}}.csv",
            caption="../report/arc_table.rst",
            category="Matching",
            labels={"content": "Table {arc} of GestaltMatcher-Arc", "format": "CSV"},
        ),
        tex=f"{MATCHED}/arc_table{{arc}}.tex",
    log:
        "results/logs/{cohort}/matching-table{arc}.log",
    benchmark:
        "results/benchmarks/{cohort}/matching-table{arc}.tsv"
    wildcard_constraints:
        arc="[1-6]",
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        encoders=config["matching"]["encoders"],
        ensemble=config["matching"]["ensemble"],
    message:
        "Table {wildcards.arc} of GestaltMatcher-Arc for {wildcards.cohort}"
    script:
        "../scripts/arc_table.py"


rule draw_arc_tail:
    input:
        splits=f"{MATCHING}/splits.csv",
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{MATCHING}/figures/arc_figure2.svg",
            caption="../report/arc_figure2.rst",
            category="Matching",
            labels={"content": "Figure 2 of GestaltMatcher-Arc", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/matching-figure2.log",
    benchmark:
        "results/benchmarks/{cohort}/matching-figure2.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Figure 2 of GestaltMatcher-Arc for {wildcards.cohort}"
    script:
        "../scripts/draw_arc_tail.py"


rule draw_arc_identities:
    input:
        accuracy=ARC["accuracy"],
        verification=ARC["verification"],
        samples=ARC["samples"],
        datasets=ARC["datasets"],
    output:
        figure=report(
            f"{MATCHING}/figures/arc_figure3.svg",
            caption="../report/arc_figure3.rst",
            category="Matching",
            labels={"content": "Figure 3 of GestaltMatcher-Arc", "format": "SVG"},
        ),
        table=f"{MATCHING}/figures/arc_figure3.csv",
    log:
        "results/logs/{cohort}/matching-figure3.log",
    benchmark:
        "results/benchmarks/{cohort}/matching-figure3.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        encoders=config["matching"]["encoders"],
    message:
        "Figure 3 of GestaltMatcher-Arc for {wildcards.cohort}"
    script:
        "../scripts/draw_arc_identities.py"


rule draw_clusters:
    input:
        splits=f"{MATCHING}/splits.csv",
        encodings=ENCODINGS,
        samples="results/{cohort}/samples.csv",
    output:
        figure=report(
            f"{MATCHING}/figures/clusters.svg",
            caption="../report/match_clusters.rst",
            category="Matching",
            labels={"content": "clusters of faces and disorders", "format": "SVG"},
        ),
        points=f"{MATCHING}/figures/clusters.csv",
        distances=f"{MATCHING}/figures/disorder_distances.csv",
    log:
        "results/logs/{cohort}/matching-clusters.log",
    benchmark:
        "results/benchmarks/{cohort}/matching-clusters.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        ensemble=config["matching"]["ensemble"],
        perplexity=config["figures"]["perplexity"],
        seed=config["run"]["seed"],
    message:
        "Clusters of the faces of {wildcards.cohort}"
    script:
        "../scripts/draw_clusters.py"


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
            caption="../report/match_sheet.rst",
            category="Matching",
            labels={"content": "nearest gallery faces", "format": "PNG"},
        ),
    log:
        "results/logs/{cohort}/matching-sheet.log",
    benchmark:
        "results/benchmarks/{cohort}/matching-sheet.tsv"
    conda:
        "../../envs/statistics.yaml"
    threads: config["run"]["threads"]
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        samples=config["matching"]["sheet"]["samples"],
        queries=config["matching"]["sheet"]["count"],
    message:
        "Nearest gallery faces of queries of {wildcards.cohort}"
    script:
        "../scripts/draw_match_sheet.py"


rule arc_table1:
    input:
        expand(rules.arc_table.output, cohort=COHORT, arc=1),


rule arc_table2:
    input:
        expand(rules.arc_table.output, cohort=COHORT, arc=2),


rule arc_table3:
    input:
        expand(rules.arc_table.output, cohort=COHORT, arc=3),


rule arc_table4:
    input:
        expand(rules.arc_table.output, cohort=COHORT, arc=4),


rule arc_table5:
    input:
        expand(rules.arc_table.output, cohort=COHORT, arc=5),


rule arc_table6:
    input:
        expand(rules.arc_table.output, cohort=COHORT, arc=6),


rule arc_figure2:
    input:
        expand(rules.draw_arc_tail.output, cohort=COHORT),


rule arc_figure3:
    input:
        expand(rules.draw_arc_identities.output, cohort=COHORT),


rule arc_clusters:
    input:
        expand(rules.draw_clusters.output, cohort=COHORT),


rule arc_sheet:
    input:
        expand(rules.draw_match_sheet.output, cohort=COHORT),


rule arc_accuracy:
    input:
        expand([*rules.match_accuracy.output, *rules.match_verification.output], cohort=COHORT),


rule arc_tables:
    input:
        rules.arc_accuracy.input,
        expand(rules.arc_table.output, cohort=COHORT, arc=ARC_NEEDS),


rule arc_figures:
    input:
        rules.arc_figure2.input,
        rules.arc_figure3.input,
        rules.arc_clusters.input,
        rules.arc_sheet.input,
