"""Faces: photographs to aligned crops, label maps and region maps.

Detect, align, parse, box; a photograph that cannot be used is excluded with its reason.
"""
