"""Tools: what the workflow is measured and planned with.

`bench` measures, `plan` counts what a study will take before it runs.
"""
