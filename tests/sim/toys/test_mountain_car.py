"""MountainCar made ready: its scale, the energy that stays, the potential, and who reaches the flag."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from course_lib.sim.toys.mountain_car import NAME, energy, potential, scaled, steps_to_flag


def test_both_numbers_are_scaled():
    env = scaled(gymnasium.make(NAME))
    seen, _ = env.reset(seed=0)
    position, speed = env.unwrapped.state
    assert seen == pytest.approx([(position + 0.3) / 0.9, speed / 0.07], abs=1e-6)
    assert env.observation_space.low.tolist() == [-1, -1] and env.observation_space.high.tolist() == [1, 1]


def test_without_gas_the_energy_stays():
    env = gymnasium.make(NAME).unwrapped
    env.reset(seed=0)
    env.state = np.array([-1.0, 0.0])
    before, moved = energy(env.state), []
    for _ in range(100):
        env.step(1)
        moved.append(energy(env.state))
    assert np.abs(np.array(moved) - before).max() < 0.05


def test_the_potential_runs_from_the_trough_to_the_flag():
    assert energy((-np.pi / 6, 0.0)) == pytest.approx(-1) and potential((-np.pi / 6, 0.0)) == pytest.approx(-30)
    assert potential((0.5, 0.0)) == pytest.approx(0, abs=0.05) and potential((0.5, 0.03)) == 0
    assert potential((-np.pi / 6, 0.01)) - potential((-np.pi / 6, 0.0)) > 3  # a push at rest tells


def test_who_pushes_the_way_that_it_moves_reaches_the_flag():
    swing = steps_to_flag(lambda seen: np.where(seen[:, 1] >= 0, 2, 0))
    assert np.isfinite(swing).all() and 80 < swing.mean() < 200
    assert np.isnan(steps_to_flag(lambda seen: 2, episodes=5)).all()
    dice = np.random.default_rng(0)
    assert np.isnan(steps_to_flag(lambda seen: dice.integers(3, size=len(seen)))).all()
