"""Gestalt Regions: region-based explanations of face networks in clinical genetics. For research, not diagnosis."""

__version__ = "0.1.0"
