"""Analyses beyond the paper's tables: one module each.

`analysis_registry` names them; a name is also a target.
"""
