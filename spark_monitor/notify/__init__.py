"""Delivery: changes of alerts -> messages -> channels, through an outbox, after their run is committed."""
