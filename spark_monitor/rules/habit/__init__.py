"""Drift beyond habit: has a feature moved further than chance, and its own wander from window to window, explain?"""
