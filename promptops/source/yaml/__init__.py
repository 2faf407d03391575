"""YAML as people mean it: values with places, limits against hostile files, mistakes in plain words."""
