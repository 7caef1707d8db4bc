"""Other tools that look at tables of predictions: how each is run in an environment of its own, and measured."""
