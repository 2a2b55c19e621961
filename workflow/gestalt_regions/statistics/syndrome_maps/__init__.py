"""Maps of a syndrome: the saliency maps of all its people on one mean face.

What is the same in them, how far they spread, whether they differ from those of the unaffected, and whether the maps of
one syndrome are told from those of another.
"""
