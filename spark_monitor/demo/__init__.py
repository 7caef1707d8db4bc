"""A real prediction log to try the monitor on: will this flight from New York arrive late?

``flights`` turns the flights and the weather of 2013 into one frame, ``model`` trains two versions of a classifier and
scores the year in order, ``logs`` writes what a scoring service would have written: a prediction log and an outcome
log, both Delta tables.
"""
