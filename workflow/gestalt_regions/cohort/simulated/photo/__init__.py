"""Photographs of heads: scene, camera and light, drawn by VTK, then developed as a camera would.

Each has its true label map.
"""
