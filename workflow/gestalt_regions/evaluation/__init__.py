"""Evaluation: every explanation against what is true, beside controls that explain nothing.

`measures` are pure functions, `groups` compute them for a method, `summary` puts methods side by side.
"""
