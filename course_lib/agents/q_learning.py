"""Q-learning (Watkins 1989): learn from steps what each action in each state is worth, in a table.

Complete in this file: the settings, and one flat training loop; the table as a policy stands in `table_policy`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv

from course_lib.agents.table_policy import TablePolicy
from course_lib.agents.training import (
    EpisodeReturns,
    OnUpdate,
    Run,
    TrainingResult,
    check_envs,
    describe_envs,
    final_observations,
)
from course_lib.sim.laps import PolicyError


@dataclass
class Config:
    """Settings of Q-learning; the defaults suit the small worlds of `sim.toys`."""

    steps: int = 100_000
    """environment steps, over all environments, to train for"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    gamma: float = 0.99
    """discount per step"""
    learning_rate: float = 1.0
    """how far a value moves towards what was seen, when a state's action is tried for the first time"""
    slowing: float = 0.7
    """the rate falls as 1 / tries ** slowing: between 0.5 and 1 chance averages out; 0 keeps the rate"""
    explore_first: float = 1.0
    """share of actions by chance at the start"""
    explore_last: float = 0.1
    """and at the end of the budget; in between it falls in a straight line"""
    first_value: float = 0.0
    """what every action is thought to be worth before it was tried; a large one makes the learner curious"""
    report_every: int = 1_000
    """environment steps between two reports"""
    evaluate: Callable[[TablePolicy], float] | None = None
    """policy -> score; the best policy by it is returned"""
    evaluate_every: int = 8192
    """environment steps between two evaluations"""
    threads: int = 1
    """not used here; every algorithm has it"""


def train(
    envs: VectorEnv,
    config: Config | None = None,
    seed: int = 0,
    on_update: OnUpdate | None = None,
    clone_from: TablePolicy | None = None,
) -> TrainingResult:
    """Fill a table by Q-learning; arguments and results as in `ppo.train`.

    Raises:
        PolicyError: states or actions that cannot be counted, or a ``clone_from`` of another shape.
        ValueError: environments in another autoreset mode.
    """
    config = config or Config()
    check_envs(envs)
    policy = _table(envs, config, clone_from)
    q, tries = policy.q, np.zeros(policy.q.shape)
    rng = np.random.default_rng(seed)
    run, episodes = Run(config, seed, policy, None, None, envs), EpisodeReturns(envs)
    lived = reported = 0
    with run.session():
        states, _ = envs.reset(seed=seed)
        while run.goes_on():
            # 1. Act: the best action so far, of equal ones any, and now and then one by chance.
            share = min(1.0, lived / config.steps)
            epsilon = config.explore_first + share * (config.explore_last - config.explore_first)
            by_chance = rng.random(envs.num_envs) < epsilon
            actions = np.where(by_chance, rng.integers(q.shape[1], size=envs.num_envs), _best(q[states], rng))
            before = states
            states, rewards, terminated, truncated, infos = envs.step(actions)
            ended = terminated | truncated
            after = final_observations(infos, states) if ended.any() else states

            # 2. Learn: Q(s, a) moves towards r + gamma max Q(s', .); after a termination nothing more comes.
            for s, a, r, s_, over in zip(before, actions, rewards, after, terminated):
                tries[s, a] += 1
                rate = config.learning_rate / tries[s, a] ** config.slowing
                wanted = r + config.gamma * (0.0 if over else q[s_].max())
                q[s, a] += rate * (wanted - q[s, a])

            # 3. Report, evaluate.
            episodes.add(rewards, ended)
            lived += envs.num_envs
            if lived - reported >= config.report_every or lived >= config.steps:
                run.update(lived - reported, {"epsilon": epsilon, **episodes.metrics()}, states, on_update)
                reported = lived
    return run.result()


def _best(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) the column of the largest of (n, actions) values; of equal ones one by chance, or the first is favoured."""
    ties = values == values.max(axis=1, keepdims=True)
    return np.where(ties, rng.random(values.shape), -1.0).argmax(axis=1)


def _table(envs: VectorEnv, config: Config, clone_from: TablePolicy | None) -> TablePolicy:
    states, actions = envs.single_observation_space, envs.single_action_space
    for what, space in (("observation", states), ("action", actions)):
        if not isinstance(space, spaces.Discrete) or space.start != 0:
            raise PolicyError(f"The {what} is {space}: a table needs one that can be counted, Discrete(n).")
    shape = int(states.n), int(actions.n)
    if clone_from is not None and clone_from.q.shape != shape:
        raise PolicyError(f"The table to clone is {clone_from.q.shape}, this world needs {shape}: start without it.")
    q = np.full(shape, float(config.first_value)) if clone_from is None else clone_from.q.copy()
    return TablePolicy(q, **describe_envs(envs))
