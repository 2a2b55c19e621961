"""Cohorts: a synthetic one whose truth is known (MakeHuman heads), and readers of real ones."""
