"""One evaluation's results: the view on them, their sentences, and each form but the comment."""
