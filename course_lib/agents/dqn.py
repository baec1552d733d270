"""Deep Q-learning (Mnih et al. 2015) with the double estimator of van Hasselt et al. (2016).

Complete in this file. A network says what each action is worth; what was lived through is kept and learnt from again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from gymnasium.vector import VectorEnv
from torch.nn.functional import smooth_l1_loss

from course_lib.agents.networks import adam
from course_lib.agents.policy import Policy
from course_lib.agents.training import (
    EpisodeReturns,
    OnUpdate,
    Run,
    TrainingResult,
    check_envs,
    final_observations,
    new_policy,
)
from course_lib.sim.laps import PolicyError


@dataclass
class Config:
    """Settings of DQN; the defaults suit CartPole and MountainCar in 16 environments."""

    steps: int = 200_000
    """environment steps, over all environments, to train for"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    memory: int = 50_000
    """steps that are kept to learn from; the oldest are forgotten"""
    warm_up: int = 2_000
    """steps by chance before the first update"""
    batch: int = 256
    """remembered steps per update"""
    updates: int = 1
    """updates for each step of all environments (one of 256 costs less time than two of 128)"""
    report_every: int = 2_048
    """environment steps between two reports"""
    gamma: float = 0.99
    """discount per step"""
    learning_rate: float = 1e-3
    """of Adam, falling in a straight line to 0 at the end of the budget"""
    target_rate: float = 0.01
    """how far the target network follows with each update"""
    explore_share: float = 0.8
    """share of the budget in which chance actions fall from all to `explore_last`"""
    explore_last: float = 0.02
    """share of actions by chance from then on"""
    hidden: tuple[int, ...] = (64, 64)
    """hidden layers of the network"""
    evaluate: Callable[[Policy], float] | None = None
    """policy -> score; the best policy by it is returned"""
    evaluate_every: int = 8192
    """environment steps between two evaluations"""
    threads: int = 1
    """threads of torch: small networks run fastest on one (performance.md)"""


class Memory:
    """The last steps that were lived through, in a ring.

    Args:
        size: steps that it holds.  slots: of an observation.
    """

    def __init__(self, size: int, slots: int):
        self.before, self.after = np.zeros((2, size, slots), np.float32)
        self.actions = np.zeros(size, np.int64)
        self.rewards, self.goes_on = np.zeros((2, size), np.float32)
        self.size, self.count = size, 0

    def add(self, before, actions, rewards, after, terminated) -> None:
        """Keep one step of n environments; after a termination there is nothing more to come."""
        rows = (self.count + np.arange(len(actions))) % self.size
        self.before[rows], self.actions[rows], self.after[rows] = before, actions, after
        self.rewards[rows], self.goes_on[rows] = rewards, 1.0 - terminated
        self.count += len(actions)

    def draw(self, batch: int, rng: np.random.Generator) -> list[torch.Tensor]:
        """``batch`` steps by chance: before, actions, rewards, after, goes_on."""
        rows = rng.integers(min(self.count, self.size), size=batch)
        parts = (self.before, self.actions, self.rewards, self.after, self.goes_on)
        return [torch.from_numpy(part[rows]) for part in parts]


def targets(network, target, rewards, after, goes_on, gamma: float) -> torch.Tensor:
    """(b,) what each remembered action should be worth: r + gamma Q_target(s', argmax_a Q(s', a)).

    One network chooses the next action and the other one judges it: one that did both would believe its own errors.
    """
    with torch.no_grad():
        chosen = network.actor(after).argmax(-1, keepdim=True)
        return rewards + gamma * goes_on * target.actor(after).gather(-1, chosen).squeeze(-1)


def train(
    envs: VectorEnv,
    config: Config | None = None,
    seed: int = 0,
    on_update: OnUpdate | None = None,
    clone_from: Policy | None = None,
) -> TrainingResult:
    """Train a policy by DQN; arguments, results and errors as in `ppo.train`. The actor's outputs are the Q-values.

    Raises, besides:
        PolicyError: the actions are no choices.
    """
    config = config or Config()
    check_envs(envs)
    policy = new_policy(envs, config, seed, "dqn", clone_from)
    if not policy.discrete:
        raise PolicyError(f"The action is {envs.single_action_space}: DQN compares choices, it needs Discrete(n).")
    network, target = policy.network, policy.copy().network
    followers, leaders = list(target.actor.parameters()), list(network.actor.parameters())
    optimiser = adam(leaders, config.learning_rate)
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    run = Run(config, seed, policy, optimiser, generator, envs)
    n, memory, episodes = (
        envs.num_envs,
        Memory(config.memory, envs.single_observation_space.shape[0]),
        EpisodeReturns(envs),
    )
    losses, lived, reported = [], 0, 0
    with run.session():
        observations, _ = envs.reset(seed=seed)
        while run.goes_on():
            # 1. Act: mostly the best action, sometimes any.
            used = max(run.share_used(), lived / config.steps)
            explored = min(1.0, used / config.explore_share) if lived >= config.warm_up else 0.0
            epsilon = 1.0 + explored * (config.explore_last - 1.0)
            by_chance = rng.random(n) < epsilon
            actions = np.where(by_chance, rng.integers(policy.action_space.n, size=n), policy.act(observations))
            before = observations
            observations, rewards, terminated, truncated, infos = envs.step(actions)

            # 2. Remember. An episode that was cut by the clock would have gone on: only a termination is an end.
            ended = terminated | truncated
            after = final_observations(infos, observations) if ended.any() else observations
            memory.add(before, actions, rewards, after, terminated)
            episodes.add(rewards, ended)
            lived += n

            # 3. Learn from memories by chance; the target network follows slowly.
            if lived >= config.warm_up:
                optimiser.param_groups[0]["lr"] = config.learning_rate * (1.0 - used)
                for _ in range(config.updates):
                    before_, actions_, rewards_, after_, goes_on = memory.draw(config.batch, rng)
                    wanted = targets(network, target, rewards_, after_, goes_on, config.gamma)
                    values = network.actor(before_).gather(-1, actions_[:, None]).squeeze(-1)
                    loss = smooth_l1_loss(values, wanted)
                    optimiser.zero_grad()
                    loss.backward()
                    optimiser.step()
                    with torch.no_grad():
                        torch._foreach_lerp_(followers, leaders, config.target_rate)
                    losses.append(loss.detach())

            # 4. Report, evaluate; at the end of the budget also what is left over.
            if lived - reported >= config.report_every or lived >= config.steps:
                run.update(lived - reported, _metrics(losses, epsilon, episodes), observations, on_update)
                losses, reported = [], lived
        if lived > reported:  # the seconds ran out between two reports
            run.update(lived - reported, _metrics(losses, epsilon, episodes), observations, on_update)
    return run.result()


def _metrics(losses: list[torch.Tensor], epsilon: float, episodes: EpisodeReturns) -> dict[str, float]:
    loss = float(torch.stack(losses).mean()) if losses else 0.0
    return {"loss": loss, "epsilon": epsilon, **episodes.metrics()}
