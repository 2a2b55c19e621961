from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/assets.smk"
include: "workflow/rules/ontology.smk"
include: f"workflow/rules/cohort_{config['cohort']['kind']}.smk"
include: "workflow/rules/faces.smk"
include: "workflow/rules/folds.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/saliency.smk"
include: "workflow/rules/coefficients.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/evaluation_objective.smk"
include: "workflow/rules/evaluation_scores.smk"
include: "workflow/rules/evaluation_ranking.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/analyses.smk"
include: "workflow/rules/evaluation_compare.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/hpo.smk"
include: "workflow/rules/leaks.smk"
include: "workflow/rules/matching_encode.smk"
include: "workflow/rules/matching.smk"
include: "workflow/rules/matching_shown.smk"
include: "workflow/rules/matching_similarity.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/every_rule.smk"
include: "workflow/rules/start.smk"


rule all:
    default_target: True
    input:
        f"results/{COHORT}/report.html",
        f"results/{COHORT}/timing.csv",
