"""Clinicians: studies in which people look at the faces and at the explanations.

A study with readers, who name the syndrome with and without explanations, and eye-tracking. Readers' files come from
outside: none is trusted before it was checked.
"""
