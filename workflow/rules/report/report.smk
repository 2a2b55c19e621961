# The report: a site in a folder, every table and figure of the study. And timing.csv, where its time went.
# What is made on demand (matching, tables of DeepGestalt, ...) is no input, so that a report asks for none: what of it lies
# on the disk is shown, and its content counts (gestalt_regions.report.on_demand).

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
        *rules.scores.output,
        *rules.rank_methods.output,
        *rules.draw_summary.output,
        *rules.draw_critical_difference.output,
        *expand(rules.draw_scores.output, group=GROUPS, allow_missing=True),
    ]
    REPORTED += rules.compare_region_values.output if "use" in GROUPS else []
    REPORTED += rules.draw_removal.output if "objective" in GROUPS else []
    REPORTED += rules.draw_cascade.output if "sanity" in GROUPS else []


if JOINED:
    REPORTED += expand(rules.across_runs.output, table=JOINED, allow_missing=True)


rule report_site:
    input:
        expand(REPORTED, model=MODELS, allow_missing=True),
        **EXPLORED_FILES,
        checks=CHECKS,
        cohort=SAID_OF_COHORT,
        samples="results/{cohort}/samples.csv",
        excluded="results/{cohort}/faces/excluded.csv",
        index="results/{cohort}/faces/index.csv",
        crops=expand("results/{cohort}/faces/crops_{size}.npy", size=config["faces"]["sizes"], allow_missing=True),
        folds="results/{cohort}/folds.csv",
        audit="results/{cohort}/fold_audit.csv",
        predictions=expand(f"{FOLD}/predictions.csv", model=MODELS, fold=FOLDS, allow_missing=True),
        figure1=rules.draw_montage.output.figure,
        figure2=rules.draw_workflow.output.figure,
        warned=rules.draw_warned_faces.output.figure,
        regions=rules.draw_region_sets.output.figure,
        templates=SITE_FILES,
        captions=CAPTIONS,
    output:
        site=directory("results/{cohort}/report"),
    log:
        "results/logs/{cohort}/report.log",
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        config={key: value for key, value in config.items() if key not in (*ASKED, *OF_CLINICIANS)},
        manifest=ASSETS,
        groups=GROUPS,
        explorer=EXPLORED,
        content=made_on_demand,
    message:
        "Report of {wildcards.cohort}"
    script:
        "../../scripts/report_site.py"


rule time_stages:
    input:
        rules.report_site.output.site,  # so that every stage has left its benchmark
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
