"""Races: who is faster, and the board that tells everybody."""
