"""Folds: grouped by kin and stratified by label.

The audit names every person or family on both sides of a split.
"""
