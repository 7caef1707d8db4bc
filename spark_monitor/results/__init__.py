"""From stored cells to metric rows: which windows, compared with what, every metric of the catalogue, as Arrow."""
