"""An audit as text, CSV and JSON."""
