"""The matched morph: a face without what its class adds to a region, and what a network answers then.

Plain arrays, OpenCV and SciPy. A network is a function here: photographs in, logits out. Only shown_faces, which turns
the images of a call back into photographs, knows more. Modules in the order of use: warps, landmark_regions,
shape_free, class_effects, typical_faces, region_given_rest, region_signs, fold_model, face_changes, shapley_values,
morphed_values, planted_faces, value_maps, shown_faces.
"""
