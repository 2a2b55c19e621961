"""Regions: which region sets there are, and the region coefficients (Sümer et al. 2023, equation 4).

The maps of the regions are made from faces, in `faces`.
"""
