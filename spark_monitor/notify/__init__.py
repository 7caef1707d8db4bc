"""Delivery: changes of alerts -> messages -> channels, through an outbox, after the run that found them is committed."""
