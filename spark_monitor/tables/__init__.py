"""The result and state tables: their schemas with column comments, atomic publishing, and views over them."""
