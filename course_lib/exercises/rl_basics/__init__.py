"""Exercises of lesson 01, RL basics: one file per notebook."""
