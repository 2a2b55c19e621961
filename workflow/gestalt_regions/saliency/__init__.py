"""Saliency: the registry of methods, and the engine that runs one method over the explained images of a fold.

Targets, shards and stored maps are handled here, so that a method is one function.
"""
