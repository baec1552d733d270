"""The exercises of every lesson as data and pure checks; `exercise.py` holds the contract.

The exercises of the notebook ``01_rl_basics/01_first_lap`` are ``EXERCISES`` in ``rl_basics/first_lap.py``.
"""
