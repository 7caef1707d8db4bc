"""Reviews: the queue of what a person must judge. Kinds of questions are listed in `kinds.py`."""
