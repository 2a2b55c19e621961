"""Assets: weights and data of others, fetched by pinned name and checksum.

Also the reading of archives, of which nothing is unpacked to disk.
"""
