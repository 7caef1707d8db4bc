"""Whether what scores mean has changed, told apart from a change of the rows that are scored."""
