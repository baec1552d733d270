import logging
import math

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


class Rewards:
    def __init__(self):
        self.calls = 0
        self.log = logging.getLogger("rewards")

    def __call__(self, params):
        self.calls += 1
        self.log.debug("call %d with %s", self.calls, params)
        off = params["distance_from_center"] / params["track_width"]
        if off > 5:
            logger.info("very far off: %.2f", off)
        return math.tanh(1 / (0.1 + off)) + 1e-4 * self.calls


reward_function = Rewards()
