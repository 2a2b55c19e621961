"""Photographs to aligned crops, label maps and region maps: detect, align, parse, box."""
