"""Every explanation against the truth: measures, their controls and their summary (docs/evaluation.md)."""
