"""Core: errors, files, disk, seeds and progress.

No word of the domain is used here; every other room may import it.
"""
