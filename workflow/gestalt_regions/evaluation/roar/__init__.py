"""ROAR: networks trained anew on photographs without their most salient pixels (Hooker et al. 2019).

A map is good if what it takes away is missed even by a network that never saw it. The shape of what is taken away may
tell the class by itself (Rong et al. 2022), so a network is trained on that alone, too.
"""
