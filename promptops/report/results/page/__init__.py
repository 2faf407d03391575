"""What the page needs besides what all forms share: an index over its cases, and its two drawings."""
