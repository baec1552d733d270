"""Twin delayed deep deterministic policy gradient, TD3 (Fujimoto, van Hoof and Meger 2018).

Complete in this file but for the networks. With ``critics=1, policy_delay=1, target_noise=0`` it is DDPG (Lillicrap et
al. 2016). All actions and noises here are shares of what the environment allows, -1 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gymnasium.vector import VectorEnv
from torch.nn.functional import mse_loss

from course_lib.agents.networks import adam
from course_lib.agents.policy import Policy
from course_lib.agents.replay import Replay
from course_lib.agents.training import (
    EpisodeReturns,
    OnUpdate,
    Run,
    TrainingResult,
    check_envs,
    final_observations,
    new_policy,
)


@dataclass
class Config:
    """Settings of TD3; the defaults suit 16 cars and the `features` observation."""

    steps: int = 30_000
    """environment steps, over all environments, to train for"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    memory: int = 200_000
    """steps that are kept to learn from; the oldest are forgotten"""
    warm_up: int = 2_000
    """steps by chance before the first update"""
    batch: int = 64
    """remembered steps per update"""
    updates: int = 4
    """updates for each step of all environments"""
    gamma: float = 0.97
    """discount per step"""
    learning_rate: float = 1e-3
    """of Adam, falling in a straight line to 0 at the end of the budget"""
    target_rate: float = 0.05
    """how far the target networks follow with each update"""
    explore_noise: float = 0.3
    """standard deviation of what is added to the actions that are driven"""
    target_noise: float = 0.2
    """standard deviation of what is added to the target's actions: trick 3, target policy smoothing"""
    noise_clip: float = 0.5
    """that noise is at most this large"""
    policy_delay: int = 2
    """updates of the critics for each one of the actor and the targets: trick 2, delayed updates"""
    critics: int = 2
    """networks that judge; the lowest judgement counts: trick 1, clipped double Q-learning"""
    actor_after: int = 300
    """updates of the critics before the actor's first one: who climbs critics that know nothing may end in a corner"""
    hidden: tuple[int, ...] = (64, 64)
    """hidden layers of actor and critics"""
    evaluate: Callable[[Policy], float] | None = None
    """policy -> score; the best policy by it is returned"""
    evaluate_every: int = 8192
    """environment steps between two evaluations"""
    report_every: int = 2048
    """environment steps between two reports"""
    threads: int = 1
    """threads of torch"""
    checkpoint: Path | None = None
    """folder to keep a checkpoint in; a run that finds its own there goes on from it"""
    checkpoint_every: float = 30.0
    """seconds between two checkpoints; they hold what is remembered"""

    @property
    def log_std(self) -> float:
        """Of the noise with which the policy draws its actions."""
        return float(np.log(self.explore_noise)) if self.explore_noise else -20.0


class Learner:
    """The networks, and one update of them: lines 8 to 15 of the paper's algorithm 1."""

    def __init__(self, policy: Policy, config: Config, generator: torch.Generator):
        self.network, self.config, self.generator = policy.network, config, generator
        self.target = policy.copy().network.requires_grad_(False)
        self.leaders = [*self.network.parameters(), *self.network.buffers()]
        self.followers = [*self.target.parameters(), *self.target.buffers()]
        self.optimiser = adam(self.network.parameters(), config.learning_rate)
        self.updates = 0

    def update(self, replay: Replay) -> dict[str, torch.Tensor]:
        """One gradient step of the critics, and of the actor where it is due; what was measured."""
        before, actions, rewards, after, goes_on = replay.draw(self.config.batch, self.generator)
        wanted = self.targets(rewards, after, goes_on)
        judged = self.network.critic(before, actions)
        loss = mse_loss(judged, wanted.expand_as(judged)) * len(judged)
        self._descend(loss)
        self.updates += 1
        metrics = {"critic_loss": loss.detach(), "q": judged.detach()[0].mean()}
        if self.updates % self.config.policy_delay == 0:
            if self.updates > self.config.actor_after:
                actor_loss = -self.network.critic.first(before, self.network.actor(before)).mean()
                self._descend(actor_loss)
                metrics["actor_loss"] = actor_loss.detach()
            with torch.no_grad():
                torch._foreach_lerp_(self.followers, self.leaders, self.config.target_rate)
        return metrics

    @torch.no_grad()
    def targets(self, rewards: torch.Tensor, after: torch.Tensor, goes_on: torch.Tensor) -> torch.Tensor:
        """(b,) what the critics should have said: r + gamma min_i Q'_i(s', a') with a' = pi'(s') + noise, in range."""
        actions = self.target.actor(after)
        if self.config.target_noise:
            noise = torch.randn(actions.shape, generator=self.generator) * self.config.target_noise
            noise = noise.clamp(-self.config.noise_clip, self.config.noise_clip)
            actions = (actions + noise).clamp(-1.0, 1.0)
        lowest = self.target.critic(after, actions).amin(dim=0)
        return rewards + self.config.gamma * goes_on * lowest

    def _descend(self, loss: torch.Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)  # Adam leaves networks alone that got no gradient
        loss.backward()
        self.optimiser.step()

    def state_dict(self) -> dict[str, torch.Tensor]:
        return self.target.state_dict() | {"updates": torch.tensor(self.updates)}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        state = dict(state)
        self.updates = int(state.pop("updates"))
        self.target.load_state_dict(state)


def train(
    envs: VectorEnv,
    config: Config | None = None,
    seed: int = 0,
    on_update: OnUpdate | None = None,
    clone_from: Policy | None = None,
) -> TrainingResult:
    """Train a policy by TD3; arguments, results and errors as in `ppo.train`.

    Raises, besides:
        PolicyError: the actions are choices.
    """
    config = config or Config()
    check_envs(envs)
    policy = new_policy(envs, config, seed, "td3", clone_from)
    generator = torch.Generator().manual_seed(seed)
    learner = Learner(policy, config, generator)
    n, inputs, fresh = envs.num_envs, policy.inputs, clone_from is None
    replay, episodes = Replay(config.memory, inputs, envs.single_action_space.shape[0]), EpisodeReturns(envs)
    parts = {"replay": replay, "learner": learner, "episodes": episodes}
    run = Run(config, seed, policy, learner.optimiser, generator, envs, parts)
    with run.session():
        observations = run.observations if run.resumed else envs.reset(seed=seed)[0]
        seen = inputs.kept(observations)
        lived, reported, measured = run.steps, run.steps, []
        while run.goes_on() and lived < config.steps:
            # 1. Act: by chance at first, then as the actor says, with some noise.
            actions = explore(policy, inputs.vector(seen), config, generator, fresh and lived < config.warm_up)
            observations, rewards, terminated, truncated, infos = envs.step(policy.to_env(actions))

            # 2. Remember. An episode that was cut by the clock would have gone on: only a termination is an end.
            ended = terminated | truncated
            now = inputs.kept(observations)
            after = inputs.kept(final_observations(infos, observations)) if ended.any() else now
            replay.add(seen, actions.numpy(), rewards, after, terminated)
            episodes.add(rewards, ended)
            seen, lived = now, lived + n

            # 3. Learn from what is remembered.
            if lived >= config.warm_up:
                used = max(run.share_used(), lived / config.steps)
                learner.optimiser.param_groups[0]["lr"] = config.learning_rate * (1.0 - used)
                measured += [learner.update(replay) for _ in range(config.updates)]

            # 4. Report, evaluate, save; at the end of the budget also what is left over.
            if lived - reported >= config.report_every or lived >= config.steps:
                run.update(lived - reported, _means(measured) | episodes.metrics(), observations, on_update)
                reported, measured = lived, []
        if lived > reported:  # the seconds ran out between two reports
            run.update(lived - reported, _means(measured) | episodes.metrics(), observations, on_update)
    return run.result()


@torch.no_grad()
def explore(
    policy: Policy, observations: torch.Tensor, config: Config, generator: torch.Generator, by_chance: bool
) -> torch.Tensor:
    """(n, k) actions in [-1, 1] for observations (n, slots): any at all, or the actor's with noise."""
    n, k = len(observations), policy.action_space.shape[0]
    if by_chance:
        return torch.rand((n, k), generator=generator) * 2.0 - 1.0
    noise = torch.randn((n, k), generator=generator) * config.explore_noise
    return (policy.network.actor(observations) + noise).clamp(-1.0, 1.0)


def _means(measured: list[dict[str, torch.Tensor]]) -> dict[str, float]:
    names = {name: None for metrics in measured for name in metrics}
    return {name: float(torch.stack([m[name] for m in measured if name in m]).mean()) for name in names}
