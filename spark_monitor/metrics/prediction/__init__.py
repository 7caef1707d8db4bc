"""Which numbers exist for what the model said, and for nothing else."""
