# What is kept of maps that are stored with three digits (config saliency.format): their sums over the paper's regions, of
# which Tables 3 and 4 and the figures of coefficients are made. Of controls, which have no such tables, nothing is kept.
PACKED = STACK == "npz"
OF_PACKED = {"sums": f"{FOLD}/saliency/{{method}}_sums.npz"} if PACKED else {}


def regions_of_maps(wildcards):
    """The regions over which maps are summed before they are packed."""
    return {"regions": face_stack("regions", wildcards)} if PACKED else {}


def measured_maps(wildcards):
    """What the coefficients of the published regions come from: the maps, or what was kept of them before."""
    summed = PACKED and wildcards.method in MADE
    files = each_fold("saliency/{method}_sums.npz" if summed else f"saliency/{{method}}.{STACK}")
    return {"sums" if summed else "maps": expand(files, **wildcards)}
