"""The default variant of Tables 3 and 4, and the file names of all."""

CORRECTED = "corrected"


def variant_file(table: str, variant: str) -> str:
    """File name of one variant of a table, without suffix.

    Parameters
    ----------
    table : str
        table3 or table4.
    variant : str
        Name of the variant.

    Returns
    -------
    str
        The corrected variant is table3, any other one table3_<variant>.
    """
    return table if variant == CORRECTED else f"{table}_{variant}"
