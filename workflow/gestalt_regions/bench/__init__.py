"""What the workflow is measured with: the speed of the saliency engine, and which method works on which network."""
