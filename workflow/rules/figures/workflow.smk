# Figure 2 of Sümer et al. 2023: the workflow.


# Asks Snakemake, which plans the whole study once more and runs nothing; no file of the study is needed. The config is not
# among the params: a value in it moves no box. Which rules there are, and in which files, is.
rule draw_workflow:
    output:
        figure=report(
            "results/{cohort}/figures/figure2.svg",
            caption="../../report/figure2.rst",
            category="Figures",
            labels={"model": "", "figure": "Figure 2, workflow"},
        ),
    log:
        "results/logs/{cohort}/figures-figure2.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        files=lambda wildcards: {
            name: os.path.relpath(proxy.rule.snakefile, CODE) for name, proxy in rules._rules.items()
        },
    message:
        "Figure 2, the workflow"
    script:
        "../../scripts/draw_workflow.py"
