"""Groups of measures: each one computes its measures for one method.

One module a group; recovery and use share the one of regions.
"""
