"""Find the layers of a network that can be explained, and retarget a pair."""
