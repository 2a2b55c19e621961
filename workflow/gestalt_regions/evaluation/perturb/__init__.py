"""Perturb: images with something taken away, and what a network says to them.

Fills, imputation, drops, and the similarity of maps.
"""
