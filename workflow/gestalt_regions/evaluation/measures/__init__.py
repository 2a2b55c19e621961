"""Measures: pure functions, one module for each group.

Every module here is imported and registered by itself; no torch is imported.
"""
