"""The kernel: Arrow batches in, additive cells out, no Spark in it.

``plan`` says what to count, ``codes`` finds each value's bin once, ``groups`` finds each row's slice, version and
segment values, ``counter`` adds both up.
"""
