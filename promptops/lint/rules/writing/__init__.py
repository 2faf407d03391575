"""P6: what a prompt says: contradictions, repetitions, examples."""
