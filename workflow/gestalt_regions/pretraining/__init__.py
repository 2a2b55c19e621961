"""Pretraining: a backbone that learns the morphology of simulated faces, from labels that cost nothing.

Its weights ship as resources/resnet18_morph.safetensors.
"""
