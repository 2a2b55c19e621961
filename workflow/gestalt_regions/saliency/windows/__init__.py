"""Windows: logits of many occluded copies of one image.

Only what a window can change is computed again.
"""
