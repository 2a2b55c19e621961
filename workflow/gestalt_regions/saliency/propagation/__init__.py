"""Propagation: changed backward passes, LRP and DeepLIFT.

The rules that relevance methods share.
"""
