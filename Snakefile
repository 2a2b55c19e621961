from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report/workflow.rst"


include: "workflow/rules/setup/folders.smk"
include: f"{CODE}/workflow/rules/setup/study.smk"
include: f"{CODE}/workflow/rules/setup/paths.smk"
include: f"{CODE}/workflow/rules/setup/inputs.smk"


if "imbalance" in config:

    include: f"{CODE}/workflow/rules/setup/imbalance.smk"


if TEST_SETS:

    include: f"{CODE}/workflow/rules/setup/test_sets.smk"


include: f"{CODE}/workflow/rules/assets/fetch.smk"
include: f"{CODE}/workflow/rules/assets/ontology.smk"
include: f"{CODE}/workflow/rules/cohort/{'synthetic' if RENDERED else 'readers'}.smk"
include: f"{CODE}/workflow/rules/faces/inputs.smk"
include: f"{CODE}/workflow/rules/faces/faces.smk"
include: f"{CODE}/workflow/rules/faces/landmarks.smk"
include: f"{CODE}/workflow/rules/faces/regions.smk"
include: f"{CODE}/workflow/rules/faces/folds.smk"
include: f"{CODE}/workflow/rules/models/inputs.smk"
include: f"{CODE}/workflow/rules/models/train.smk"
include: f"{CODE}/workflow/rules/models/identities.smk"
include: f"{CODE}/workflow/rules/saliency/inputs.smk"
include: f"{CODE}/workflow/rules/saliency/explained.smk"
include: f"{CODE}/workflow/rules/saliency/maps.smk"
include: f"{CODE}/workflow/rules/saliency/coefficients.smk"
include: f"{CODE}/workflow/rules/statistics/inputs.smk"
include: f"{CODE}/workflow/rules/statistics/tables.smk"
include: f"{CODE}/workflow/rules/statistics/analyses.smk"
include: f"{CODE}/workflow/rules/statistics/across_runs.smk"
include: f"{CODE}/workflow/rules/statistics/deepgestalt.smk"
include: f"{CODE}/workflow/rules/statistics/checks.smk"
include: f"{CODE}/workflow/rules/statistics/syndrome_maps.smk"
include: f"{CODE}/workflow/rules/evaluation/inputs.smk"
include: f"{CODE}/workflow/rules/evaluation/truth.smk"
include: f"{CODE}/workflow/rules/evaluation/use.smk"
include: f"{CODE}/workflow/rules/evaluation/plausibility.smk"
include: f"{CODE}/workflow/rules/evaluation/shuffled.smk"
include: f"{CODE}/workflow/rules/evaluation/experts.smk"
include: f"{CODE}/workflow/rules/evaluation/priors.smk"
include: f"{CODE}/workflow/rules/evaluation/objective.smk"
include: f"{CODE}/workflow/rules/evaluation/sanity.smk"
include: f"{CODE}/workflow/rules/evaluation/roar.smk"
include: f"{CODE}/workflow/rules/evaluation/scores.smk"
include: f"{CODE}/workflow/rules/evaluation/ranking.smk"
include: f"{CODE}/workflow/rules/evaluation/shortcuts.smk"
include: f"{CODE}/workflow/rules/evaluation/validity.smk"


if "imbalance" in config:

    include: f"{CODE}/workflow/rules/models/imbalance.smk"
    include: f"{CODE}/workflow/rules/saliency/imbalance.smk"
    include: f"{CODE}/workflow/rules/evaluation/imbalance.smk"
    include: f"{CODE}/workflow/rules/figures/imbalance.smk"


include: f"{CODE}/workflow/rules/matching/inputs.smk"
include: f"{CODE}/workflow/rules/matching/encode.smk"
include: f"{CODE}/workflow/rules/matching/match.smk"
include: f"{CODE}/workflow/rules/matching/arc_tables.smk"
include: f"{CODE}/workflow/rules/matching/arc_figures.smk"
include: f"{CODE}/workflow/rules/matching/similarity.smk"
include: f"{CODE}/workflow/rules/cases/inputs.smk"
include: f"{CODE}/workflow/rules/cases/cases.smk"
include: f"{CODE}/workflow/rules/figures/inputs.smk"
include: f"{CODE}/workflow/rules/figures/faces.smk"
include: f"{CODE}/workflow/rules/figures/parts.smk"
include: f"{CODE}/workflow/rules/figures/workflow.smk"
include: f"{CODE}/workflow/rules/figures/hpo.smk"
include: f"{CODE}/workflow/rules/figures/maps.smk"
include: f"{CODE}/workflow/rules/figures/tests.smk"
include: f"{CODE}/workflow/rules/figures/deepgestalt.smk"
include: f"{CODE}/workflow/rules/figures/syndrome_maps.smk"


if TEST_SETS:

    include: f"{CODE}/workflow/rules/cohort/test_sets.smk"
    include: f"{CODE}/workflow/rules/faces/test_sets.smk"
    include: f"{CODE}/workflow/rules/models/test_sets.smk"
    include: f"{CODE}/workflow/rules/statistics/test_sets.smk"
    include: f"{CODE}/workflow/rules/figures/test_sets.smk"


include: f"{CODE}/workflow/rules/clinicians/inputs.smk"


if "reader_study" in config:

    include: f"{CODE}/workflow/rules/clinicians/reader_study.smk"
    include: f"{CODE}/workflow/rules/clinicians/reader_results.smk"
    include: f"{CODE}/workflow/rules/clinicians/reader_figures.smk"


if "eye_tracking" in config:

    include: f"{CODE}/workflow/rules/clinicians/eye_tracking.smk"


include: f"{CODE}/workflow/rules/report/inputs.smk"
include: f"{CODE}/workflow/rules/report/report.smk"
include: f"{CODE}/workflow/rules/report/case_page.smk"
include: f"{CODE}/workflow/rules/report/targets.smk"
include: f"{CODE}/workflow/rules/setup/every_rule.smk"
include: f"{CODE}/workflow/rules/setup/start.smk"
include: f"{CODE}/workflow/rules/setup/end.smk"


rule all:
    default_target: True
    input:
        STUDY_TARGET,
