"""The simulated cohort: people, their heads, and photographs of them.

`cohort_steps` has the steps of the workflow: plan, render, list, rate.
"""
