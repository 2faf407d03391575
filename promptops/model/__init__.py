"""What everything else talks about: frozen values without input or output."""
