"""Class imbalance and the number of classes: networks of nested training sets, and what becomes of their maps.

The question is of Vijayananth (2022), section 6.3: docs/howto/imbalance.md.
"""
