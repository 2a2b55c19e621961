"""Rehearsals: the folder that a user of a real cohort would have, at true size, with SIMULATED stand-ins for faces.

`nih` takes the published tables of the NIH faces, or invents some of their shape; `gmdb` invents GMDB's tables. Then
the whole study is run on the folder (make rehearse-nih, make rehearse-gmdb; docs/reference/rehearsals.md).
"""
