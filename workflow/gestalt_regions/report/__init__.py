"""Report: the study on one self-contained page.

Tables, figures, counts, config, licences.
"""
