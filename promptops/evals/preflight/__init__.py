"""What is found out before the first call: criteria that could never be answered, and what a vendor cannot do."""
