"""Saliency: a registry of methods, and the engine that runs one method over the explained images of one fold."""
