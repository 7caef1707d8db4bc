"""Which of two versions of a model is the better one, on the same rows or on different ones."""
