"""Matching: faces as vectors that are compared (GestaltMatcher-Arc, Hustinx et al. 2023).

Encoders, galleries, ranks, verification, and what makes two faces alike.
"""
