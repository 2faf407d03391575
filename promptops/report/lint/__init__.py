"""Findings of lint as text, JSON, annotations and SARIF, without the secrets they point at. Uses no other folder."""
