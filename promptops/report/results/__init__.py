"""One evaluation's results: the view on them, their sentences, the table of criteria, and each form but the comment.

`criteria_table` words the rows that the comment, the page and the terminal show; `summary` the sentences. The page's
HTML is in `report/templates`. Uses no other folder of `report`.
"""
