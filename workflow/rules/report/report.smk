# report.html, one self-contained page of the study, and timing.csv, where its time went.

CAPTIONS = [
    "leaks",
    "parsing",
    "raters",
    "table2",
    "accuracy",
    "table3",
    "table3_tests",
    "table4",
    "table4_folds",
    "figure1",
    "figure2",
    "figure3",
    "warned_faces",
    "figure_regions",
    "figure5",
    "figure6",
    "correlation_heatmap",
    "significance_heatmap",
    "ranking",
    "region_values",
    "summary",
    "critical_difference",
    "objective_curves",
    "sanity_curves",
]


REPORTED = [
    *rules.classification.output,
    *rules.rq1.output,
    *rules.rq2.output,
    *expand(rules.analyse.output, analysis=ANALYSES, allow_missing=True),
    *rules.draw_case.output,
    *rules.draw_maps.output,
    *rules.draw_boxplots.output,
    *rules.draw_heatmaps.output,
    *COEFFICIENTS,
    *rules.same_maps.output,
]
if config["evaluation"]["in_report"]:
    REPORTED += [
        *rules.rank_methods.output,
        *rules.draw_summary.output,
        *rules.draw_critical_difference.output,
        *expand(rules.draw_scores.output, group=GROUPS, allow_missing=True),
    ]
    REPORTED += rules.compare_region_values.output if "use" in GROUPS else []
    REPORTED += rules.draw_removal.output if "objective" in GROUPS else []
    REPORTED += rules.draw_cascade.output if "sanity" in GROUPS else []


if JOINED:
    CAPTIONS.append("training_runs")
    REPORTED += expand(rules.across_runs.output, table=JOINED, allow_missing=True)


rule report_html:
    input:
        expand(REPORTED, model=MODELS, allow_missing=True),
        checks=CHECKS,
        samples="results/{cohort}/samples.csv",
        excluded="results/{cohort}/faces/excluded.csv",
        folds="results/{cohort}/folds.csv",
        audit="results/{cohort}/fold_audit.csv",
        figure1=rules.draw_montage.output.figure,
        figure2=rules.draw_workflow.output.figure,
        warned=rules.draw_warned_faces.output.figure,
        regions=rules.draw_region_sets.output.figure,
        template=TEMPLATE,
        captions=[of_code(f"workflow/report/{name}.rst") for name in CAPTIONS],
    output:
        page="results/{cohort}/report.html",
    log:
        "results/logs/{cohort}/report.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        config={key: value for key, value in config.items() if key not in ASKED},
        manifest=ASSETS,
        groups=GROUPS,
    message:
        "Report of {wildcards.cohort}"
    script:
        "../../scripts/report_html.py"


rule time_stages:
    input:
        rules.report_html.output.page,  # so that every stage has left its benchmark
    output:
        table=report(
            "results/{cohort}/timing.csv",
            caption="../../report/timing.rst",
            category="Run",
            labels={"content": "time of every stage"},
        ),
    log:
        "results/logs/{cohort}/timing.log",
    resources:
        mem_mb=500,
        runtime=5,
    params:
        benchmarks=["results/benchmarks/assets", "results/benchmarks/{cohort}"],
        logs=["results/logs/assets", "results/logs/{cohort}"],
    message:
        "Time of every stage of {wildcards.cohort}"
    script:
        "../../scripts/time_stages.py"
