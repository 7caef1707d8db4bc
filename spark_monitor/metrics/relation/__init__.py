"""Which inputs a model is wrong on: its loss and outcomes by the values of one feature."""
