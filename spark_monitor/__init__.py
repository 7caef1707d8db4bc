"""Whether machine-learning models in production still deserve trust, from counts that add up.

The folders stand in the order in which data flows: ``config`` says what the user asks for, ``logs`` reads the
prediction log at a pinned version, ``cells`` counts it once, ``metrics`` are pure functions of those counts,
``results`` turns stored cells into metric rows, ``rules`` judge them, ``alerts`` are their changes of state,
``tables`` publish everything to Delta, and ``pipeline`` tells the story of one run.
"""

__version__ = "0.1.0"
