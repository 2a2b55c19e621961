"""The statistics of DeepGestalt (Gurovich et al. 2019), for any model of a study, from its predictions alone.

Modules in the order of use: answers, top_accuracy (Table 2), binary_problems (Table 1), specialised, confusion_counts
(Figure 2b), calibrated, reliability_bins, affected; published_numbers says which of the paper's own numbers follow from
its counts.
"""
