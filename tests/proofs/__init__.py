"""Proofs: that the invariants hold whatever is pressed, whenever it is pressed, and whatever breaks meanwhile."""
