"""What must be mended before a change can be measured, and the line that would mend it."""
