from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/setup/study.smk"
include: "workflow/rules/setup/paths.smk"
include: "workflow/rules/setup/inputs.smk"
include: "workflow/rules/assets/fetch.smk"
include: "workflow/rules/assets/ontology.smk"
include: f"workflow/rules/cohort/{'synthetic' if RENDERED else 'readers'}.smk"
include: "workflow/rules/faces/inputs.smk"
include: "workflow/rules/faces/faces.smk"
include: "workflow/rules/faces/regions.smk"
include: "workflow/rules/faces/folds.smk"
include: "workflow/rules/models/train.smk"
include: "workflow/rules/saliency/explained.smk"
include: "workflow/rules/saliency/maps.smk"
include: "workflow/rules/saliency/coefficients.smk"
include: "workflow/rules/statistics/inputs.smk"
include: "workflow/rules/statistics/tables.smk"
include: "workflow/rules/statistics/analyses.smk"
include: "workflow/rules/statistics/checks.smk"
include: "workflow/rules/evaluation/inputs.smk"
include: "workflow/rules/evaluation/truth.smk"
include: "workflow/rules/evaluation/use.smk"
include: "workflow/rules/evaluation/objective.smk"
include: "workflow/rules/evaluation/sanity.smk"
include: "workflow/rules/evaluation/scores.smk"
include: "workflow/rules/evaluation/ranking.smk"
include: "workflow/rules/evaluation/shortcuts.smk"
include: "workflow/rules/evaluation/validity.smk"
include: "workflow/rules/matching/inputs.smk"
include: "workflow/rules/matching/encode.smk"
include: "workflow/rules/matching/match.smk"
include: "workflow/rules/matching/arc_tables.smk"
include: "workflow/rules/matching/arc_figures.smk"
include: "workflow/rules/matching/similarity.smk"
include: "workflow/rules/figures/inputs.smk"
include: "workflow/rules/figures/faces.smk"
include: "workflow/rules/figures/workflow.smk"
include: "workflow/rules/figures/hpo.smk"
include: "workflow/rules/figures/maps.smk"
include: "workflow/rules/figures/tests.smk"
include: "workflow/rules/report/report.smk"
include: "workflow/rules/report/targets.smk"
include: "workflow/rules/setup/every_rule.smk"
include: "workflow/rules/setup/start.smk"


rule all:
    default_target: True
    input:
        STUDY_TARGET,
