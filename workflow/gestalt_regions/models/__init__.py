"""Models: backbones by name, cut into stages, and their fine-tuning fold by fold.

Stages let layers be frozen, cached and explained.
"""
