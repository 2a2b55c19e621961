"""Face networks: a registry of backbones, staged so that layers can be frozen, cached and explained by name."""
