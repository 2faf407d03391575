"""What a prompt's messages, tools and schemas are read from."""
