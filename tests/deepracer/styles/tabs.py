import math


class Params:
	def __init__(self, params):
		for k, v in params.items():
			setattr(self, k, v)


progress_list = []


def reward_function(params):
	p = Params(params)
	if p.steps <= 5:
		progress_list.clear()
	progress_list.append(p.progress)
	reward = 1e-3
	if len(progress_list) > 10:
		reward = progress_list[-1] - progress_list[-10]
	if p.all_wheels_on_track:
		reward += math.sqrt(p.speed) * 0.1
	return float(reward)
