# Sheets of the maps of each syndrome, one a method and variant. On demand: no part of a study.


rule draw_syndrome_maps:
    input:
        stack=f"{SYNDROME_MAPS}/{{method}}.npy",
        summary=f"{SYNDROME_MAPS}/{{method}}.csv",
        outlines=f"{SYNDROME_MAPS}/{{method}}_outlines.npy",
        composites=f"{MEAN_FACES}/composites.npy",
        classes=f"{MEAN_FACES}/composites.csv",
    output:
        figure=report(
            f"{FIGURES}/syndrome_maps/{{method}}_{{variant}}.png",
            caption="../../report/syndrome_sheet.rst",
            category="Maps of syndromes",
            subcategory="{model}",
            labels={"content": "{method}, {variant}", "format": "PNG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-syndrome_maps-{method}-{variant}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, AVERAGED)),
        variant="|".join(MAP_VARIANTS),
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        alpha=config["syndrome_maps"]["alpha"],
        colormap=config["figures"]["colormap"],
    message:
        "Sheet of the maps of each syndrome by {wildcards.method}, {wildcards.variant}, for {wildcards.model}"
    script:
        "../../scripts/draw_syndrome_maps.py"


rule draw_syndrome_halves:
    input:
        table=f"{TABLES}/syndrome_maps.csv",
    output:
        figure=report(
            f"{FIGURES}/syndrome_halves.svg",
            caption="../../report/syndrome_halves.rst",
            category="Maps of syndromes",
            subcategory="{model}",
            labels={"content": "is the map of a class its own?", "format": "SVG"},
        ),
    log:
        "results/logs/{cohort}/{model}/figures-syndrome_halves.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        alpha=config["syndrome_maps"]["alpha"],
    message:
        "Is the map of a class its own? For {wildcards.model}"
    script:
        "../../scripts/draw_syndrome_halves.py"
