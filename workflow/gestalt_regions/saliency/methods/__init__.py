"""One module per family of saliency methods; every module here is found and registered by itself."""
