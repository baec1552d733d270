"""Algorithms that learn, one file each, all called alike.

``train(envs, config, seed=0, on_update=None, clone_from=None) -> TrainingResult``
"""

from course_lib.agents.policy import Policy as Policy
from course_lib.agents.policy import load_policy as load_policy
from course_lib.agents.training import make_envs as make_envs
