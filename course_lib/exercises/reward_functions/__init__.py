"""Exercises of lesson 02, reward functions: one file per notebook."""
