import math


class Reward:
    def __init__(self, verbose=False):
        self.first_racingpoint_index = None
        self.verbose = verbose

    def reward_function(self, params):

        ################## HELPER FUNCTIONS ###################

        def dist_2_points(x1, x2, y1, y2):
            return abs(abs(x1-x2)**2 + abs(y1-y2)**2)**0.5

        def closest_2_racing_points_index(racing_coords, car_coords):
            distances = []
            for i in range(len(racing_coords)):
                distances.append(dist_2_points(racing_coords[i][0], car_coords[0],
                                               racing_coords[i][1], car_coords[1]))
            closest = distances.index(min(distances))
            distances[closest] = 999
            return [closest, distances.index(min(distances))]

        def dist_to_racing_line(a, b, car):
            length = dist_2_points(a[0], b[0], a[1], b[1])
            if length == 0:
                return dist_2_points(a[0], car[0], a[1], car[1])
            area = abs((b[0]-a[0])*(a[1]-car[1]) - (a[0]-car[0])*(b[1]-a[1]))
            return area / length

        #################### RACING LINE ######################

        # Each row: [x, y, speed, time to the next point]
        racing_track = [
            [3.33454, -0.26431, 3.5, 0.0457], [3.49422, -0.25577, 3.5, 0.0571], [3.69358, -0.24149, 3.5, 0.0571],
            [3.89225, -0.21965, 3.5, 0.0571], [4.08980, -0.18926, 3.5, 0.0571], [4.28571, -0.14972, 3.5, 0.0571],
            [4.47947, -0.10072, 3.5, 0.0571], [4.67038, -0.04159, 3.5, 0.0571], [4.85807, 0.02713, 3.5, 0.0571],
            [5.04223, 0.10476, 3.4, 0.0593], [5.22145, 0.19320, 3.5, 0.0577], [5.39559, 0.29129, 3.5, 0.0577],
            [5.56403, 0.39885, 3.2, 0.0620], [5.72515, 0.51708, 3.0, 0.0674], [5.87837, 0.64539, 2.7, 0.0745],
            [6.02343, 0.78286, 2.4, 0.0844], [6.15310, 0.93473, 2.0, 0.0798], [6.23453, 1.07212, 1.9, 0.1037],
            [6.30395, 1.25933, 2.2, 0.0902], [6.35151, 1.45343, 2.5, 0.0809], [6.38469, 1.65049, 2.7, 0.0740],
            [6.40278, 1.84951, 2.5, 0.0810], [6.40457, 2.04929, 2.1, 0.0943], [6.37400, 2.24644, 1.7, 0.1143],
            [6.29751, 2.43065, 2.0, 0.0998], [6.18991, 2.59895, 2.3, 0.0876], [6.06788, 2.75722, 2.5, 0.0790],
            [5.93426, 2.90581, 2.6, 0.0765], [5.79047, 3.04459, 2.3, 0.0873], [5.63173, 3.16570, 1.9, 0.1047],
            [5.45121, 3.25039, 1.9, 0.1032], [5.25688, 3.29627, 2.2, 0.0899], [5.05842, 3.31974, 2.5, 0.0645],
            [4.89882, 3.32940, 2.4, 0.0824], [4.69912, 3.32507, 2.1, 0.0965], [4.50317, 3.28712, 2.1, 0.0938],
            [4.31544, 3.21873, 2.4, 0.0834], [4.13325, 3.13660, 2.6, 0.0759], [3.95679, 3.04276, 2.9, 0.0701],
            [3.78478, 2.94097, 3.1, 0.0654], [3.61546, 2.83476, 3.2, 0.0634], [3.44612, 2.72857, 2.9, 0.0692],
            [3.27168, 2.63106, 2.6, 0.0770], [3.09005, 2.54770, 2.3, 0.0882], [2.90305, 2.47743, 1.9, 0.1060],
            [2.70625, 2.44534, 1.9, 0.1033], [2.50648, 2.44889, 2.2, 0.0899], [2.30717, 2.46386, 2.5, 0.0806],
            [2.10894, 2.48927, 2.7, 0.0590], [1.95063, 2.51185, 2.9, 0.0694], [1.75185, 2.53255, 3.0, 0.0673],
            [1.55224, 2.54258, 2.7, 0.0743], [1.35239, 2.54107, 2.4, 0.0842], [1.15322, 2.52538, 2.0, 0.0993],
            [0.96048, 2.47425, 1.7, 0.1150], [0.78707, 2.37589, 1.8, 0.1095], [0.64315, 2.23792, 1.7, 0.1167],
            [0.53984, 2.06740, 1.9, 0.1054], [0.47551, 1.87841, 2.1, 0.0937], [0.43366, 1.68300, 2.4, 0.0833],
            [0.40577, 1.48512, 2.6, 0.0758], [0.39251, 1.28572, 2.6, 0.0762], [0.39197, 1.08587, 2.3, 0.0869],
            [0.41147, 0.88712, 1.9, 0.1039], [0.47071, 0.69670, 1.8, 0.0899], [0.55070, 0.55853, 1.8, 0.1120],
            [0.68648, 0.41250, 1.9, 0.1034], [0.84724, 0.29391, 2.2, 0.0900], [1.01648, 0.18759, 2.5, 0.0807],
            [1.19263, 0.09321, 2.7, 0.0738], [1.37415, 0.00958, 2.9, 0.0684], [1.56035, -0.06305, 3.1, 0.0641],
            [1.75035, -0.12503, 3.3, 0.0605], [1.94355, -0.17616, 3.5, 0.0574], [2.13927, -0.21665, 3.5, 0.0571],
            [2.33683, -0.24688, 3.5, 0.0571], [2.53567, -0.26713, 3.5, 0.0571], [2.73525, -0.27784, 3.5, 0.0571],
            [2.93511, -0.27980, 3.5, 0.0571], [3.13490, -0.27420, 3.5, 0.0571],
        ]

        ################## INPUT PARAMETERS ###################

        x, y = params['x'], params['y']
        speed, steps, progress = params['speed'], params['steps'], params['progress']
        i, j = closest_2_racing_points_index(racing_track, [x, y])
        optimals, second = racing_track[i], racing_track[j]

        if steps == 1:
            self.first_racingpoint_index = i
        done = (i - (self.first_racingpoint_index or 0)) % len(racing_track)
        expected = sum(racing_track[(self.first_racingpoint_index or 0) + k - len(racing_track)][3] for k in range(done))

        ################ REWARD AND PUNISHMENT ################

        reward = 1
        dist = dist_to_racing_line(optimals[0:2], second[0:2], [x, y])
        reward += max(1e-3, 1 - (dist / (params['track_width'] * 0.5)))

        speed_diff = abs(optimals[2] - speed)
        if speed_diff <= 0.5:
            reward += (1 - (speed_diff / 0.5)**2)**2 * 2
        if steps > 15:
            reward += max(0.0, 1.5 - abs(steps / 15 - expected) / 4)
        if params['is_offtrack']:
            reward = 1e-3
        if progress == 100:
            reward += 50 / max(1, steps / 100)
        if self.verbose:
            print("Closest index: %i" % i)
            print("Distance to racing line: %f" % dist)
        return float(reward)


reward_object = Reward(verbose=True)


def reward_function(params):
    return reward_object.reward_function(params)
