"""What a good colleague would say about a prompt, before anybody runs it."""
