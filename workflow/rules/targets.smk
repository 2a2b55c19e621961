# Tables and figures by name, for every configured model: `snakemake table3`, `snakemake figure6`, ...


rule table1:
    input:
        expand(rules.list_terms.output, cohort=COHORT),


rule table2:
    input:
        expand(rules.classification.output, cohort=COHORT, model=MODELS),


rule table3:
    input:
        expand(rules.rq1.output, cohort=COHORT, model=MODELS),


rule table4:
    input:
        expand(rules.rq2.output, cohort=COHORT, model=MODELS),


rule table3_methods:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="table3_methods"),


rule corrections:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="corrections"),


rule permutation:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="permutation"),


rule covariates:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="covariates"),


rule mixed_model:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="mixed_model"),


rule repeated:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="repeated"),


rule power:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="power"),


rule differences3:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="differences3"),


rule differences4:
    input:
        expand(rules.analyse.output, cohort=COHORT, model=MODELS, analysis="differences4"),


rule figure1:
    input:
        expand(rules.draw_montage.output, cohort=COHORT),


rule figure2:
    input:
        expand(rules.draw_workflow.output, cohort=COHORT),


rule figure3:
    input:
        expand(rules.draw_case.output, cohort=COHORT, model=MODELS),


rule figure4a:
    input:
        expand(rules.draw_hpo_map.output, cohort=COHORT),


rule figure4b:
    input:
        expand(rules.draw_hpo_terms.output, cohort=COHORT),


rule figure5:
    input:
        expand(rules.draw_maps.output, cohort=COHORT, model=MODELS),


rule contact_sheet:
    input:
        expand(rules.draw_contact_sheet.output, cohort=COHORT, model=MODELS),


rule figure6:
    input:
        expand(rules.draw_boxplots.output, cohort=COHORT, model=MODELS),


rule figure_regions:
    input:
        expand(rules.draw_region_sets.output, cohort=COHORT),


rule region_coefficients:
    input:
        expand(rules.coefficients.output, cohort=COHORT, model=MODELS, method=METHODS),
        expand(
            rules.coefficients_of_set.output,
            cohort=COHORT,
            model=MODELS,
            method=METHODS,
            regions=[name for name in REGION_SETS if name != "paper"],
        ),


rule heatmaps:
    input:
        expand(rules.draw_heatmaps.output, cohort=COHORT, model=MODELS),


rule evaluation:
    input:
        expand(rules.scores.output, cohort=COHORT, model=MODELS),
        expand(rules.draw_scores.output, cohort=COHORT, model=MODELS, group=GROUPS),
        expand(rules.draw_removal.output, cohort=COHORT, model=MODELS) if "objective" in GROUPS else [],
        expand(rules.draw_cascade.output, cohort=COHORT, model=MODELS) if "sanity" in GROUPS else [],


rule ranking:
    input:
        expand(rules.rank_methods.output, cohort=COHORT, model=MODELS),
        expand(rules.draw_critical_difference.output, cohort=COHORT, model=MODELS),
        expand(rules.draw_summary.output, cohort=COHORT, model=MODELS),


rule shortcut:
    input:
        expand(rules.score_shortcut.output, cohort=COHORT, model=MODELS, method=EVALUATED),


rule shortcut_curve:
    input:
        expand(rules.compare_shortcuts.output, model=MODELS),
        expand(rules.draw_shortcut_curve.output, model=MODELS),
        expand(rules.cue_use.output, model=MODELS),


rule validity:
    input:
        expand(rules.compare_validity.output, model=MODELS),
        expand(rules.draw_validity.output, model=MODELS),


rule recovery:
    input:
        expand(rules.score_recovery.output, cohort=COHORT, model=MODELS, group="recovery", method=EVALUATED),


rule pixels:
    input:
        expand(rules.score_pixels.output, cohort=COHORT, model=MODELS, group="pixels", method=EVALUATED),


rule use:
    input:
        expand(rules.drop_tables.output, cohort=COHORT, model=MODELS),
        expand(rules.score_use.output, cohort=COHORT, model=MODELS, group="use", method=EVALUATED),


rule objective:
    input:
        expand(rules.score_objective.output, cohort=COHORT, model=MODELS, group="objective", method=EVALUATED),
        expand(rules.draw_removal.output, cohort=COHORT, model=MODELS),


rule sanity:
    input:
        expand(rules.score_sanity.output, cohort=COHORT, model=MODELS, group="sanity", method=EVALUATED),
        expand(rules.draw_cascade.output, cohort=COHORT, model=MODELS),


rule agreement:
    input:
        expand(rules.score_agreement.output, cohort=COHORT, model=MODELS, group="agreement", method=EVALUATED),


rule split_audit:
    input:
        expand(rules.split_counts.output, cohort=COHORT),


rule counterfactuals:
    input:
        f"results/{COHORT}/truth/index.csv",


rule twin_sheet:
    input:
        f"results/{COHORT}/figures/twin_sheet.png",


rule severity_strip:
    input:
        f"results/{COHORT}/figures/severity_strip.png",


rule leak_table:
    input:
        expand(rules.probe_leaks.output, cohort=COHORT),


rule parsing_table:
    input:
        expand(rules.parsing_truth.output, cohort=COHORT),


rule rater_table:
    input:
        expand(rules.rater_truth.output, cohort=COHORT),


rule tables:
    input:
        expand(CHECKS, cohort=COHORT),
        rules.table1.input,
        rules.table2.input,
        rules.table3.input,
        rules.table4.input,
        rules.table3_methods.input,
        rules.corrections.input,
        rules.permutation.input,
        rules.covariates.input,
        rules.mixed_model.input,
        rules.repeated.input,
        rules.power.input,
        rules.differences3.input,
        rules.differences4.input,


rule figures:
    input:
        rules.figure1.input,
        rules.figure2.input,
        rules.figure3.input,
        rules.figure4a.input,
        rules.figure4b.input,
        rules.figure5.input,
        rules.figure6.input,
        rules.figure_regions.input,
        rules.heatmaps.input,
        rules.severity_strip.input if config["cohort"]["kind"] == "synthetic" else [],


rule timing:
    input:
        expand(rules.time_stages.output, cohort=COHORT),
