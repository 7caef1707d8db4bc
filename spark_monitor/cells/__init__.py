"""Counting: frozen bins, the kernel that counts Arrow batches into additive cells, and the feeds that drive it."""
