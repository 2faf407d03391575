"""Findings of lint as text, JSON, annotations and SARIF."""
