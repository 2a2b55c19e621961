"""Figures 1, 5 and 6 of Sümer et al. 2023 and the heat maps of both research questions."""
