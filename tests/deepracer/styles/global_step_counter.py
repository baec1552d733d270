# Counts its own calls, because "steps" was not trusted
total_steps = 0
best_progress = 0.0


def reward_function(params):
    global total_steps, best_progress
    total_steps += 1
    progress = params['progress']

    bonus = 0.0
    if progress > best_progress:
        bonus = progress - best_progress
        best_progress = progress
    if params['steps'] <= 5:
        best_progress = max(0.0, progress)

    if total_steps % 100 == 0:
        print("call number %d, best progress %.1f" % (total_steps, best_progress))

    return float(0.1 + bonus + 0.001 * total_steps)
