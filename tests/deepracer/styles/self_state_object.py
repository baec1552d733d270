import math


class Judge:
    """Remembers the last call"""

    def __init__(self, verbose=False):
        self.last = None
        self.total = 0.0
        self.verbose = verbose

    def reset(self):
        self.last = None
        self.total = 0.0

    def moved(self, params):
        if self.last is None:
            return 0.0
        return math.hypot(params["x"] - self.last["x"], params["y"] - self.last["y"])

    def gained(self, params):
        if self.last is None:
            return 0.0
        return params["progress"] - self.last["progress"]

    def judge(self, params):
        if params["steps"] <= 1:
            self.reset()
        distance, gain = self.moved(params), self.gained(params)
        reward = 1e-3
        if distance > 0:
            # progress for each metre that was driven: short lines are good lines
            reward = max(1e-3, gain / (distance * 100.0 / params["track_length"]))
        self.total += reward
        self.last = params
        if self.verbose:
            print(self.total)
        return min(reward, 3.0) + 0.0001 * self.total


judge = Judge()


def reward_function(params):
    return float(judge.judge(params))
