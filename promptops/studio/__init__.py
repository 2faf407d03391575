"""The local web application for experts."""
