"""`course drive`: a window in which you drive yourself, with the keys of `drivers.keyboard`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from course_lib.commands import CommandError
from course_lib.drivers.keyboard import Game, Ghost
from course_lib.drivers.recorded import Recording
from course_lib.notebook.widgets.ghosts import load_ghost
from course_lib.sim.track import Track

FRAMES = 60  # a second, at most
HELP = "arrow keys or WASD  ·  R restart  ·  Esc quit"


def play(game: Game, path: Path, clock=None) -> None:
    """Open the window and drive until it is closed; each new best lap is saved to ``path``.

    Args:
        clock: something with ``tick(frames_per_second) -> ms since the last call``; None: pygame's.

    Raises:
        NoDisplay: no window can be opened.  CommandError: the recording cannot be written.
    """
    from course_lib.sim.drawing import COLOURS, View, open_window, pygame

    names = {
        pygame.K_LEFT: "left",
        pygame.K_a: "left",
        pygame.K_RIGHT: "right",
        pygame.K_d: "right",
        pygame.K_UP: "up",
        pygame.K_w: "up",
        pygame.K_DOWN: "down",
        pygame.K_s: "down",
    }
    view = View(game.world.track, size=(1180, 680))
    screen = open_window(view.size, f"First Lap: {game.world.track.name}")
    clock = clock or pygame.time.Clock()
    held: set[int] = set()
    saved = None
    try:
        while True:
            for event in pygame.event.get():
                pressed = event.key if event.type == pygame.KEYDOWN else None
                if event.type == pygame.QUIT or pressed == pygame.K_ESCAPE:
                    return
                if pressed == pygame.K_r:
                    game.restart()
                elif pressed in names:
                    held.add(pressed)
                elif event.type == pygame.KEYUP:
                    held.discard(event.key)
                elif event.type == pygame.WINDOWFOCUSLOST:
                    held.clear()  # the window will not hear of keys that are let go elsewhere
                    game.pause()
            game.keys = {names[key] for key in held}
            game.advance(clock.tick(FRAMES) / 1000)
            if game.best is not saved:
                saved = game.best
                save(saved, path)
            if game.ghosts:
                poses = np.stack([game.between(ghost) for ghost in game.ghosts], axis=1)
                view.paint(*poses, colours=COLOURS[1:], opacity=0.5)
            view.paint(*game.between(game)[:, None], fresh=not game.ghosts)
            view.write(game.line(), right=HELP, banner=game.banner)
            screen.blit(view.surface, (0, 0))
            pygame.display.flip()
    finally:
        pygame.display.quit()


def save(recording: Recording, path: Path) -> None:
    """Write a recording; CommandError when that cannot be done."""
    try:
        recording.save(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}): name another with --out") from error


def run(track: str, vehicle: str, out: Path | None, ghost: Path | None) -> int:
    """Drive, and say at the end where the best lap's recording is."""
    road = Track.load(track)
    path = out or Path("my_laps") / f"drive-{road.name}-{datetime.now():%Y-%m-%d-%H%M%S}.jsonl"
    if path.is_dir():
        raise CommandError(f"{path} is a folder: name a file, such as {path / 'best.jsonl'}")
    game = Game(track, vehicle, [Ghost(load_ghost(ghost), road)] if ghost else ())
    try:
        play(game, path)
    except KeyboardInterrupt:
        pass  # Ctrl-C in the terminal ends it as Esc does
    if game.best is None:
        print("No lap was finished, so nothing was saved.")
    else:
        print(f"Your best lap took {game.best_lap:.2f} s; it is saved in {path.resolve()}")
        print(f'Race against it: course drive --track {track} --ghost "{path}"')
    return 0
