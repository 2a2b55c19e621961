"""Reader study: readers name the syndrome before and after they see what the network says.

Two files have a fixed form: the design of a study (design.schema.json), which stays with the organiser, and the answers
of one reader (answers.schema.json), which the page saves.
"""
