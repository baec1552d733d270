"""Exercises of lesson 03, TD3: one file per notebook."""
