"""How fast is TD3, beside stable-baselines3 and a plain single-file loop in the same run?

    python benchmarks/td3.py            everything, about 12 minutes
    python benchmarks/td3.py --quick    updates only, about a minute
    python benchmarks/td3.py --json     one JSON object instead of the table

Updates: gradient steps a second with the same networks and batch on the same memory (24 numbers, 2 actions), one of
the actor for two of the critics; five rounds in turn, the median of each, on one and on two threads of torch. The plain
loop is written as CleanRL writes: two critics as two networks, Adam as torch makes it, targets followed by a Python
loop. Pendulum: seconds until a check every 2,000 steps, itself counted, finds a mean return of -200 over 20 episodes.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import time
from collections.abc import Callable

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import TD3
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import NormalActionNoise
from torch import nn
from torch.nn.functional import mse_loss

from course_lib.agents import td3
from course_lib.agents.policy import Policy
from course_lib.agents.replay import Replay
from course_lib.agents.training import make_envs

SLOTS, ACTIONS, REMEMBERED = 24, 2, 20_000
SIZES = {"256x256, batch 256": ((256, 256), 256), "64x64, batch 64": ((64, 64), 64)}
ROUNDS, SECONDS = 5, 1.5  # of a measurement of updates
SEEDS = range(5)
EPISODES, BAR, CHECK_EVERY, PEER_STEPS = 20, -200.0, 2_000, 30_000
LEARNING = {"learning_rate": 1e-3, "gamma": 0.98, "batch": 256, "hidden": (64, 64), "warm_up": 1_000}


# --- A plain loop ----------------------------------------------------------------------------------------------


def network(inputs: int, hidden: tuple[int, ...], outputs: int, squash: bool = False) -> nn.Sequential:
    sizes, layers = [inputs, *hidden, outputs], []
    for a, b in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1], *([nn.Tanh()] if squash else []))


class PlainTD3:
    """The algorithm as a single file would have it; actions in [-1, 1]."""

    def __init__(self, slots: int, actions: int, hidden, batch: int, learning_rate: float = 1e-3, gamma: float = 0.98):
        self.actor = network(slots, hidden, actions, squash=True)
        self.critics = [network(slots + actions, hidden, 1) for _ in range(2)]
        self.target_actor, self.target_critics = copy.deepcopy(self.actor), copy.deepcopy(self.critics)
        self.actor_adam = torch.optim.Adam(self.actor.parameters(), lr=learning_rate)
        both = [parameter for critic in self.critics for parameter in critic.parameters()]
        self.critic_adam = torch.optim.Adam(both, lr=learning_rate)
        self.batch, self.gamma, self.updates = batch, gamma, 0

    def update(self, memory: dict[str, torch.Tensor], size: int) -> None:
        rows = torch.randint(size, (self.batch,))
        before, actions, rewards, after, goes_on = (memory[name][rows] for name in memory)
        with torch.no_grad():
            noise = (torch.randn_like(actions) * 0.2).clamp(-0.5, 0.5)
            then = torch.cat([after, (self.target_actor(after) + noise).clamp(-1, 1)], dim=1)
            lowest = torch.min(*(critic(then) for critic in self.target_critics)).squeeze(-1)
            wanted = rewards + self.gamma * goes_on * lowest
        now = torch.cat([before, actions], dim=1)
        loss = sum(mse_loss(critic(now).squeeze(-1), wanted) for critic in self.critics)
        self.critic_adam.zero_grad()
        loss.backward()
        self.critic_adam.step()
        self.updates += 1
        if self.updates % 2 == 0:
            actor_loss = -self.critics[0](torch.cat([before, self.actor(before)], dim=1)).mean()
            self.actor_adam.zero_grad()
            actor_loss.backward()
            self.actor_adam.step()
            pairs = [(self.actor, self.target_actor), *zip(self.critics, self.target_critics)]
            for leader, follower in pairs:
                for ours, theirs in zip(leader.parameters(), follower.parameters()):
                    theirs.data.copy_(0.005 * ours.data + 0.995 * theirs.data)


# --- Updates a second ------------------------------------------------------------------------------------------


def our_updates(hidden, batch: int) -> Callable[[], object]:
    config = td3.Config(hidden=hidden, batch=batch)
    seen, act = spaces.Box(-np.inf, np.inf, (SLOTS,), np.float32), spaces.Box(-1, 1, (ACTIONS,), np.float32)
    policy = Policy.create(seen, act, hidden, critics=config.critics)
    learner, replay = (
        td3.Learner(policy, config, torch.Generator().manual_seed(0)),
        Replay(REMEMBERED, policy.inputs, 2),
    )
    before, actions, rewards, after, goes_on = steps_by_chance()
    replay.add({"": before}, actions, rewards, {"": after}, goes_on == 0)
    return lambda: learner.update(replay)


def plain_updates(hidden, batch: int) -> Callable[[], object]:
    plain = PlainTD3(SLOTS, ACTIONS, hidden, batch)
    names = ("before", "actions", "rewards", "after", "goes_on")
    memory = {name: torch.from_numpy(rows) for name, rows in zip(names, steps_by_chance())}
    return lambda: plain.update(memory, REMEMBERED)


class Chance(gymnasium.Env):
    """A world of the right sizes for stable-baselines3 to be made for."""

    observation_space = spaces.Box(-np.inf, np.inf, (SLOTS,), np.float32)
    action_space = spaces.Box(-1, 1, (ACTIONS,), np.float32)

    def reset(self, *, seed=None, options=None):
        return np.zeros(SLOTS, np.float32), {}

    def step(self, action):
        return np.zeros(SLOTS, np.float32), 0.0, False, False, {}


def sb3_updates(hidden, batch: int) -> Callable[[], object]:
    """In bundles of 20, as each call of ``train`` has work of its own."""
    model = TD3("MlpPolicy", Chance(), buffer_size=REMEMBERED, batch_size=batch, device="cpu",
                policy_kwargs={"net_arch": list(hidden)})  # fmt: skip
    model._setup_learn(1)
    for before, action, reward, after, goes_on in zip(*steps_by_chance()):
        model.replay_buffer.add(before, after, action, reward, 1 - goes_on, [{}])
    return lambda: model.train(gradient_steps=20, batch_size=batch)


def steps_by_chance() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, REMEMBERED, SLOTS)).astype(np.float32)
    actions = rng.uniform(-1, 1, (REMEMBERED, ACTIONS)).astype(np.float32)
    rewards, goes_on = rng.normal(size=REMEMBERED), rng.random(REMEMBERED) < 0.98
    return before, actions, rewards.astype(np.float32), after, goes_on.astype(np.float32)


def updates_per_second(update: Callable[[], object], bundle: int = 1) -> float:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        update()
        count += bundle
    return count / (time.perf_counter() - start)


def measure_updates() -> dict:
    results = {}
    for name, (hidden, batch) in SIZES.items():
        peers = {
            "First Lap": (our_updates(hidden, batch), 1),
            "stable-baselines3": (sb3_updates(hidden, batch), 20),
            "plain loop": (plain_updates(hidden, batch), 1),
        }
        for threads in (1, 2):
            torch.set_num_threads(threads)
            rounds = {peer: [] for peer in peers}
            for update, _ in peers.values():
                update()
            for _ in range(ROUNDS):
                for peer, (update, bundle) in peers.items():
                    rounds[peer].append(updates_per_second(update, bundle))
            medians = {peer: statistics.median(measured) for peer, measured in rounds.items()}
            results[f"{name}, {threads} thread{'s' * (threads > 1)}"] = medians
    torch.set_num_threads(1)
    return results


# --- Time to a return on Pendulum ------------------------------------------------------------------------------


def mean_return(act: Callable[[np.ndarray], np.ndarray], seed: int = 1000) -> float:
    envs = make_envs("Pendulum-v1", EPISODES)
    observations, _ = envs.reset(seed=seed)
    returns = np.zeros(EPISODES)
    for _ in range(200):
        observations, rewards, *_ = envs.step(act(observations))
        returns += rewards
    return float(returns.mean())


def our_pendulum(seed: int) -> dict:
    start, scores = time.perf_counter(), []

    def check(policy) -> float:
        scores.append(mean_return(policy.act))
        return scores[-1]

    config = td3.Config(
        steps=PEER_STEPS, updates=4, explore_noise=0.1, evaluate=check, evaluate_every=CHECK_EVERY, report_every=500,
        **LEARNING,
    )  # fmt: skip
    result = td3.train(make_envs("Pendulum-v1", 4), config, seed, lambda update: bool(scores and scores[-1] >= BAR))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "steps": result.history[-1]["steps"], "return": mean_return(result.policy.act, 77)}


def sb3_pendulum(seed: int) -> dict:
    start = time.perf_counter()

    class Stop(BaseCallback):
        score, next_check = -np.inf, CHECK_EVERY

        def _on_step(self) -> bool:
            if self.num_timesteps >= self.next_check:
                self.next_check += CHECK_EVERY
                self.score = mean_return(lambda seen: self.model.predict(seen, deterministic=True)[0])
            return self.score < BAR

    stop = Stop()
    noise = NormalActionNoise(np.zeros(1), 0.2 * np.ones(1))  # of +-2: a tenth, as ours
    model = TD3(
        "MlpPolicy", gymnasium.make("Pendulum-v1"), seed=seed, device="cpu", action_noise=noise,
        learning_rate=LEARNING["learning_rate"], gamma=LEARNING["gamma"], batch_size=LEARNING["batch"],
        learning_starts=LEARNING["warm_up"], policy_kwargs={"net_arch": list(LEARNING["hidden"])},
    )  # fmt: skip
    model.learn(PEER_STEPS, callback=stop)
    seconds = time.perf_counter() - start
    final = mean_return(lambda seen: model.predict(seen, deterministic=True)[0], 77)
    return {"seconds": seconds, "steps": model.num_timesteps, "return": final}


def plain_pendulum(seed: int) -> dict:
    """One environment, one update a step, as CleanRL's loop."""
    start = time.perf_counter()
    torch.manual_seed(seed)
    rng, env = np.random.default_rng(seed), gymnasium.make("Pendulum-v1")
    plain = PlainTD3(3, 1, LEARNING["hidden"], LEARNING["batch"], LEARNING["learning_rate"], LEARNING["gamma"])
    memory = {name: torch.zeros(PEER_STEPS, size) for name, size in (("before", 3), ("actions", 1))}
    memory |= {
        "rewards": torch.zeros(PEER_STEPS),
        "after": torch.zeros(PEER_STEPS, 3),
        "goes_on": torch.ones(PEER_STEPS),
    }

    @torch.no_grad()
    def act(seen: np.ndarray) -> np.ndarray:
        return plain.actor(torch.from_numpy(seen)).numpy() * 2.0

    seen, _ = env.reset(seed=seed)
    for step in range(PEER_STEPS):
        action = rng.uniform(-1, 1, 1) if step < LEARNING["warm_up"] else act(seen) / 2 + rng.normal(0, 0.1, 1)
        action = np.clip(action, -1, 1).astype(np.float32)
        after, reward, _, truncated, _ = env.step(action * 2.0)
        for name, value in (("before", seen), ("actions", action), ("after", after)):
            memory[name][step] = torch.from_numpy(value)
        memory["rewards"][step] = float(reward)
        seen = env.reset()[0] if truncated else after
        if step >= LEARNING["warm_up"]:
            plain.update(memory, step + 1)
        if (step + 1) % CHECK_EVERY == 0 and mean_return(act) >= BAR:
            break
    return {"seconds": time.perf_counter() - start, "steps": step + 1, "return": mean_return(act, 77)}


def measure_pendulum(seeds) -> dict:
    peers = {"First Lap": our_pendulum, "stable-baselines3": sb3_pendulum, "plain loop": plain_pendulum}
    found = {peer: [] for peer in peers}
    for seed in seeds:
        for peer, learn in peers.items():
            found[peer].append(learn(seed))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="updates only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {"updates_per_second": measure_updates()}
    if not options.quick:
        results["pendulum"] = measure_pendulum(SEEDS)
    if options.json:
        print(json.dumps(results))
        return
    for name, medians in results["updates_per_second"].items():
        ours = medians.pop("First Lap")
        told = ", ".join(f"{peer} {speed:,.0f}" for peer, speed in medians.items())
        best = max(medians.values())
        print(f"{name}: First Lap {ours:,.0f} updates/s, {told}; {ours / best:.2f} x the faster of these")
    for peer, runs in results.get("pendulum", {}).items():
        reached = sum(run["return"] >= BAR for run in runs)
        seconds, steps = (statistics.median(run[name] for run in runs) for name in ("seconds", "steps"))
        returns = ", ".join(f"{run['return']:.0f}" for run in runs)
        print(
            f"Pendulum, {peer}: {reached} of {len(runs)} seeds, median {seconds:.1f} s, {steps:,.0f} steps ({returns})"
        )


if __name__ == "__main__":
    main()
