"""What the console writes while it trains: a trace for each iteration, and the metrics of all episodes.

An iteration is a fixed number of episodes, written as soon as so many have ended; the last, unfinished one is not
written, because deepracer-utils needs as many episodes in each (deepracer.md, section 4).
"""

from __future__ import annotations

import time

from course_lib.deepracer.metrics import read_training_metrics, training_metrics, write_metrics
from course_lib.deepracer.model_folder import ModelFolder
from course_lib.deepracer.sim_trace import Episode, TraceRecorder

METRICS_EVERY = 10.0  # s between two writings of the metrics file, which grows with the training


class Journal:
    """The files of a training.

    Args:
        folder: of the model. Iterations that it has already are kept, and counted on from.
        recorder: of the cars whose episodes are written.
        per_iteration: episodes of an iteration.
        kept: how many iterations of the folder are kept; later ones are removed. None: all.

    Attributes:
        iterations: how many have been written.
    """

    def __init__(self, folder: ModelFolder, recorder: TraceRecorder, per_iteration: int, kept: int | None = None):
        self.folder, self.recorder, self.per_iteration = folder.make(), recorder, per_iteration
        written = folder.training_iterations()
        self.iterations = len(written[:kept])
        for iteration in written[self.iterations :]:
            folder.training_trace_path(iteration).unlink()
        self._waiting: list[Episode] = []
        self._evaluation: list[Episode] = []
        known = self.iterations and folder.training_metrics_path.is_file()
        entries = read_training_metrics(folder.training_metrics_path)["metrics"] if known else []
        self._entries = [entry for entry in entries if entry["episode"] <= self.iterations * per_iteration]
        self._written = time.monotonic()

    def collect(self) -> None:
        """Write the iterations that are complete by now."""
        self._waiting += [episode for _, episode in self.recorder.finished()]
        while len(self._waiting) >= self.per_iteration:
            episodes = sorted(self._waiting[: self.per_iteration], key=lambda episode: episode.number)
            self._waiting = self._waiting[self.per_iteration :]
            before = self.iterations * self.per_iteration
            for place, episode in enumerate(episodes):
                episode.number = before + place
            self.folder.write_training(self.iterations, episodes)
            entries = training_metrics([episodes], [self._evaluation])["metrics"]
            self._entries += [entry | {"episode": entry["episode"] + before} for entry in entries]
            self._evaluation = []
            self.iterations += 1
        if time.monotonic() - self._written > METRICS_EVERY:
            self.close()

    def evaluated(self, episodes: list[Episode]) -> None:
        """These are the trials of an evaluation; they stand with the next iteration that is written."""
        self._evaluation = episodes

    def close(self) -> None:
        """Write the metrics of all episodes so far."""
        write_metrics(self.folder.training_metrics_path, training_metrics([]) | {"metrics": self._entries})
        self._written = time.monotonic()
