"""HPO: the ontology as small tables, and clinicians' ratings of its terms.

Names, synonyms and ids are resolved here, and nowhere else.
"""
