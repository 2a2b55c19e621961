"""The measures, one module for each group; evaluation/registry.py loads them all. No torch is imported here."""
