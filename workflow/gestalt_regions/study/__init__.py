"""Study: the config, checked as a whole before anything runs.

This room knows all rooms before it, because their registries say what a config may name.
"""
