"""Truth: what is true of every simulated photograph.

Its unaffected twin, the same face without the signs of one region, and what changed between them.
"""
