"""Eye-tracking: where readers look on a face, beside where explanations lie.

Exports of Tobii Pro Lab and of EyeLink, or a plain table, become fixations in the frame of the aligned crop; every
map of the study is compared with them, beside a floor and a ceiling. Simulated readers show what the measures can tell.
"""
