"""Benchmarks: commands that print ratios against a named baseline.

None of them is a test.
"""
