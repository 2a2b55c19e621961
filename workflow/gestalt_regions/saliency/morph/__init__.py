"""The matched morph: a face without what its class adds to a region, and what a network answers then.

Plain arrays, OpenCV and SciPy. A network is a function here: photographs in, logits out. Modules in the order of use:
warps, landmark_regions, shape_free, class_effects, region_signs, face_changes, morphed_values.
"""
