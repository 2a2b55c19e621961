# Maps of each syndrome on one mean face, with spread, contrast and likeness. On demand: no part of a study.


rule mean_faces:
    input:
        crops=f"results/{{cohort}}/faces/crops_{LARGEST_CROPS}.npy",
        landmarks="results/{cohort}/faces/landmarks.npy",
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
    output:
        composites=f"{MEAN_FACES}/composites.npy",
        table=f"{MEAN_FACES}/composites.csv",
    log:
        "results/logs/{cohort}/statistics-mean_faces.log",
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=2000,
        runtime=20,
    message:
        "Composites of the classes of {wildcards.cohort} on one mean face"
    script:
        "../../scripts/mean_faces.py"


rule average_maps:
    input:
        unpack(regions_on_mean_face),
        unpack(changes_on_mean_face),
        maps=each_fold(f"saliency/{{method}}.{STACK}"),
        indices=each_fold("saliency/{method}.csv"),
        predictions=each_fold("predictions.csv"),
        landmarks="results/{cohort}/faces/landmarks.npy",
        faces="results/{cohort}/faces/index.csv",
        samples="results/{cohort}/samples.csv",
        sets=REGION_FILE,
    output:
        stack=f"{SYNDROME_MAPS}/{{method}}.npy",
        summary=f"{SYNDROME_MAPS}/{{method}}.csv",
        regions=f"{SYNDROME_MAPS}/{{method}}_regions.csv",
        similarity=f"{SYNDROME_MAPS}/{{method}}_similarity.csv",
        outlines=f"{SYNDROME_MAPS}/{{method}}_outlines.npy",
    log:
        "results/logs/{cohort}/{model}/statistics-average_maps-{method}.log",
    wildcard_constraints:
        method="|".join(map(re.escape, AVERAGED)),
    conda:
        "../../../envs/faces.yaml"
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        control=config["statistics"]["control"],
        policy=POLICIES[config["syndrome_maps"]["policy"]],
        settings={key: value for key, value in config["syndrome_maps"].items() if key not in ("methods", "policy")},
        bootstrap=BOOTSTRAP,
        seed=SEED,
    message:
        "Maps of each syndrome by {wildcards.method}, for {wildcards.model}"
    script:
        "../../scripts/average_maps.py"


rule join_syndrome_maps:
    input:
        summary=expand(f"{SYNDROME_MAPS}/{{method}}.csv", method=AVERAGED, allow_missing=True),
        regions=expand(f"{SYNDROME_MAPS}/{{method}}_regions.csv", method=AVERAGED, allow_missing=True),
        similarity=expand(f"{SYNDROME_MAPS}/{{method}}_similarity.csv", method=AVERAGED, allow_missing=True),
    output:
        summary=report(
            f"{TABLES}/syndrome_maps.csv",
            caption="../../report/syndrome_maps.rst",
            category="Maps of syndromes",
            subcategory="{model}",
            labels={"content": "maps against the control class", "format": "CSV"},
        ),
        regions=report(
            f"{TABLES}/syndrome_regions.csv",
            caption="../../report/syndrome_regions.rst",
            category="Maps of syndromes",
            subcategory="{model}",
            labels={"content": "region coefficients", "format": "CSV"},
        ),
        similarity=report(
            f"{TABLES}/syndrome_similarity.csv",
            caption="../../report/syndrome_similarity.rst",
            category="Maps of syndromes",
            subcategory="{model}",
            labels={"content": "likeness of the maps of classes", "format": "CSV"},
        ),
    log:
        "results/logs/{cohort}/{model}/statistics-syndrome_maps.log",
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        methods=AVERAGED,
    message:
        "Tables of the maps of each syndrome, for {wildcards.model}"
    script:
        "../../scripts/join_syndrome_maps.py"
