"""Cases: one photograph that is in no study, explained by the networks of a finished one.

Nothing here is trained, scored or written into the study's tables. A case says what the networks answer, how far that
can be trusted, and what of the face speaks for it. For research, not diagnosis.
"""
