"""Values of prompt, suite and settings files with their places, as several rules look for them. Imports `engine`."""
