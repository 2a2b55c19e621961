"""Toolkit: what tables and figures share.

Reading of their inputs, cluster bootstrap, Spearman correlation, two-sample tests, text and LaTeX of tables.
"""
