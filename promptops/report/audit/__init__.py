"""An audit as text, CSV and JSON, all in the words of `wording`. Uses `history.json`."""
