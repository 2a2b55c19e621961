# Photographs of further test sets: people of a second source, simulated or of a folder.


if RENDERED_SETS:

    rule render_test_set:
        input:
            head=HEAD_MODEL,
            hpo_terms=HPO_TERMS,
            recipes=RECIPES,
        output:
            photographs=directory(f"{TEST_SET}/photographs"),
            plan=f"{TEST_SET}/plan.csv",
            rejected=f"{TEST_SET}/rejected.csv",
            not_shown=f"{TEST_SET}/not_shown.csv",
            samples=f"{TEST_SET}/samples.csv",
        log:
            "results/logs/{cohort}/test_sets/{test_set}-render.log",
        wildcard_constraints:
            test_set="|".join(map(re.escape, RENDERED_SETS)),
        threads: 1
        resources:
            mem_mb=1500,
            runtime=60,
        params:
            settings=lambda wildcards: TEST_SETS[wildcards.test_set],
            cohort=cohort_without("raters", "shards", "counterfactuals"),
            seed=SEED,
        message:
            "Test set {wildcards.test_set}: rendering other people, photographed otherwise"
        script:
            "../../scripts/render_test_set.py"


if READ_SETS:

    rule read_test_set:
        input:
            table=lambda wildcards: TEST_SETS[wildcards.test_set]["table"],
            study="results/{cohort}/samples.csv",
        output:
            samples=f"{TEST_SET}/samples.csv",
        log:
            "results/logs/{cohort}/test_sets/{test_set}-read.log",
        wildcard_constraints:
            test_set="|".join(map(re.escape, READ_SETS)),
        conda:
            "../../../envs/faces.yaml"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            images=lambda wildcards: TEST_SETS[wildcards.test_set]["images"],
        message:
            "Test set {wildcards.test_set}: reading its table"
        script:
            "../../scripts/read_test_set.py"
