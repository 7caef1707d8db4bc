"""Where a table's files lie, and how Python opens them there without Spark: one file a kind of store."""
