"""Architectures: one module for each kind of network.

The registry of backbones (`models.backbones`) names the builder in it.
"""
