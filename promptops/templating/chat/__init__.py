"""Messages that are more than a text: examples, histories, pictures and conditions."""
