"""Statistics: Tables 1 to 4 of Sümer et al. 2023 in every variant, and the analyses beyond them.

`toolkit` holds what they share: bootstrap, correlation, tests, the text of tables.
"""
