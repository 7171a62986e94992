"""Whether a claim is consistent with its counts, and claims with each other."""
