"""A face backbone from labels that cost nothing: a ReLU ResNet that learns the morphology of simulated faces."""
