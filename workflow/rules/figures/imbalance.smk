# Figures of nested training sets.


rule draw_imbalance:
    input:
        **{name: rules.imbalance_curves.output[name] for name in CURVES if name != "differences"},
    output:
        **{
            varied: report(
                f"{STUDY_OF_SETS}/{varied}.svg",
                caption=f"../../report/imbalance_{varied}.rst",
                category="Evaluation",
                subcategory="{model}",
                labels={"content": f"class imbalance: {varied}", "format": "SVG"},
            )
            for varied in ("ratio", "classes")
        },
    log:
        "results/logs/{cohort}/{model}/imbalance/draw.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=SET_METHODS,
        controls=SET_CONTROLS,
    message:
        "Class imbalance: figures of {wildcards.model}"
    script:
        "../../scripts/draw_imbalance.py"
