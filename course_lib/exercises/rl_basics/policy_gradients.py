"""Exercises of 05_policy_gradients: softmax, returns-to-go, a real bug, the baseline, REINFORCE on a pole."""

from __future__ import annotations

from math import exp, log, pi

from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, Predict, Target, stretch

BAR, EPISODES, MOST_STEPS = 195, 100, 70_000


def loss(log_probs, rewards, gamma):
    """The REINFORCE loss of one episode: minus the sum of log-probability times return-to-go."""
    total, following = 0.0, 0.0
    for log_prob, reward in zip(reversed(log_probs), reversed(rewards)):
        following = reward + gamma * following
        total -= log_prob * following
    return total


def broken_loss(log_probs, rewards, gamma):
    """What the cell begins with: the probability for its logarithm, one reward for all that follow."""
    return -sum(exp(log_prob) * reward for log_prob, reward in zip(log_probs, rewards))


def mean_of_hundred(value):
    """The mean return of a hundred episodes, or a sentence that says why it does not count."""
    from math import isfinite

    if type(value) is not dict or "steps" not in value or "returns" not in value:
        return 'Hand in `{"steps": …, "returns": …}`: the steps of your training, and the returns of 100 episodes.'
    steps, returns = value["steps"], value["returns"]
    if hasattr(returns, "tolist"):
        returns = returns.tolist()
    if type(steps) is not int:
        return 'The "steps" are no whole number: `my_training.history[-1]["steps"]` is one.'
    if type(returns) is not list:
        return 'The "returns" are no list or array: `returns_of(my_training.policy)` gives one.'
    if len(returns) != 100:
        return f'There are {len(returns):,} "returns": 100 episodes are due.'
    if not all(type(number) in (int, float) and isfinite(number) for number in returns):
        return 'Some of the "returns" are no numbers: `returns_of(my_training.policy)` gives a hundred.'
    if not all(1 <= number <= 500 for number in returns):
        return "A return of CartPole lies between 1 and 500, and one of yours does not."
    if steps > 70_000:
        return f"Your training took {steps:,} steps, and at most 70,000 are allowed."
    return sum(returns) / len(returns)


def gaussian(action, mean, std):
    return -0.5 * ((action - mean) / std) ** 2 - log(std) - 0.5 * log(2 * pi)


EXERCISES = {
    "q1": Predict(
        question="The logits are 0 for left and 2 for right. How many percent is the probability of right?",
        points=1,
        low=0,
        high=100,
        tolerance=5,
        unit="%",
        hints=("e to the power of 0 is 1, and e to the power of 2 is about 7.4. What share of the sum is the second?",),
        lesson="Only the difference counts: 2 more make an action e² = 7.4 times as likely as the other one.",
    ),
    "q2": FillBlank(
        question=(
            "An episode has the rewards 1, 0 and 2, and gamma is 0.5. Give the list of its three returns-to-go, the "
            "first step first."
        ),
        points=1,
        answer=[1.5, 1.0, 2.0],
        hints=(
            "Begin at the end: nothing follows the last step, so its return-to-go is its own reward.",
            "The step before gets its own reward, and gamma times the return-to-go of the step after it.",
            "The middle one is 0 + 0.5 · 2. The first one needs that result.",
        ),
        praise="That is right. From the end to the beginning, each step needs one sum only.",
    ),
    "q3": BugHunt(
        question=(
            "Repair `loss(log_probs, rewards, gamma)`: minus the sum, over all steps, of the log-probability times the "
            "return-to-go. Two things are wrong with it."
        ),
        points=3,
        name="loss",
        inputs=[
            ([-0.5], [2.0], 0.9),
            ([-0.7, -0.2], [0.0, 1.0], 1.0),
            ([-0.7, -0.2, -1.5], [1.0, 0.0, 3.0], 0.5),
            ([-0.1, -0.4, -0.9, -0.3], [1.0, 1.0, 1.0, 1.0], 0.99),
        ],
        answer=loss,
        starter=broken_loss,
        hints=(
            "Try it on an episode of a single step: what should come out for log-probability -0.5 and reward 2?",
            "`math.exp` turns a log-probability back into a probability. Is that what the formula asks for?",
            "The first action gets the first reward alone. Which rewards came after it, and because of it?",
            "Go through the steps from the last to the first, and keep `following = rewards[t] + gamma * following`.",
        ),
        praise="That is right: the logarithm, and all that follows. This is REINFORCE.",
    ),
    "q4": Choice(
        question="Why does a baseline leave the mean of the gradient as it is?",
        points=1,
        choices={
            "a": (
                "The baseline is small compared with the returns.",
                "It may be as large as you like. Above it was about 12, and the mean stayed, but for chance.",
            ),
            "b": (
                "The pushes that it takes away add up to nothing: what it takes from one action, it gives the others.",
                "The probabilities always add up to 1, so on average the slope of log π is 0, "
                "and a fixed number times 0 is 0.",
            ),
            "c": (
                "With a baseline, good and bad episodes are equally frequent.",
                "They need not be. What holds is about the slopes, whatever the returns are.",
            ),
            "d": (
                "It does change the mean, but learning is quicker, so nobody minds.",
                "Look at the two rows of the cell above again: the means agree, but for chance.",
            ),
        },
        answer="b",
        hints=("Section 3 gave both buttons the same return of 1. What was the average push with the logarithm?",),
    ),
    "q5": Target(
        question=f"REINFORCE that reaches a mean of {BAR} over {EPISODES} episodes, in at most {MOST_STEPS:,} steps.",
        points=2,
        what="mean return",
        bar=BAR,
        higher=True,
        probe=mean_of_hundred,
        hints=(
            "Three things hold this pupil back. Compare its settings with those of the curves above.",
            "Is there a baseline? How large is its learning rate, beside the default of 1e-2?",
            "`steps=60_000` is enough; a training always finishes its episodes, so it ends a little above.",
        ),
        praise="Solved, by the mark that has been used for this pole since 2016.",
    ),
    "q6": stretch(
        FillBlank(
            question=(
                "Steering is a number. Write `log_prob(action, mean, std)`: the logarithm of the density of the normal "
                "distribution."
            ),
            name="log_prob",
            inputs=[(0.0, 0.0, 1.0), (1.0, 0.0, 1.0), (0.3, 0.5, 0.2), (-0.4, 0.1, 2.0)],
            answer=gaussian,
            starter=lambda action, mean, std: 0.0,
            hints=(
                "The density is exp(-½ z²) / (std · √(2π)), with z = (action - mean) / std. Take its logarithm.",
                "The logarithm of a product is a sum of logarithms, and log(exp(x)) is x.",
                "There are three parts: -0.5 * z**2, -math.log(std), and -0.5 * math.log(2 * math.pi).",
            ),
            praise="That is right: it is what `distribution.py` of this course computes for steering and speed.",
        )
    ),
}
