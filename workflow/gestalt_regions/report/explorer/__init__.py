"""The explorer of the report site: one page on which every face of a study, its maps and its truth are looked at.

Pictures are sheets of tiles (WebP), numbers are script files, for a page opened from a folder may fetch nothing else.
Both come in blocks of faces, so that a browser loads what it shows. The page itself lies in workflow/report/site.
"""
