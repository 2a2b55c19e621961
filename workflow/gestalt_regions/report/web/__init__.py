"""Web: what every page of a report shares.

The shell around a page, and the scripts of libraries that its tables and charts need.
"""
