"""Alerts: verdicts -> what opened, escalated and resolved, as rows appended to a log that is never rewritten."""
