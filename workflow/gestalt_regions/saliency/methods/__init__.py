"""The saliency methods: one module for each family.

Every module here is imported and registered by itself; adding a method touches one file.
"""
