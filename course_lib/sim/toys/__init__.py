"""Small worlds to learn reinforcement learning in, one file each; each is made by ``gymnasium.make("FirstLap/...")``.

RobotJump, BlueSquare and GridWorld have few states, and a table ``P`` that tells all that can happen in them;
BalancingPole and BallBalance have states without number.
"""
