"""Face detectors: boxes, scores and five landmarks in a photograph.

One module a detector; each is a class that `faces.detector_registry` finds by its decorator.
"""
