// The drive widget: held keys go to the kernel, one step of the world comes back, and the car glides between the steps.
// `track_canvas.js` and `drive_page.js` stand before this file in the same module.

const WINDOW = 2;  // steps that are asked for and not yet answered, at most
const EARLY = 1;  // of a step: so much sooner than planned one is asked for, at most, when a key has changed
const AHEAD = 0.5;  // of a step: so far the car is drawn beyond what the kernel has said, while an answer is late
const PATIENCE = 2000;  // ms without an answer until the player is told
const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const LETTERS = { KeyA: "left", KeyD: "right", KeyW: "up", KeyS: "down" };  // by place, on every keyboard

function render({ model, el }) {
  const data = model.get("scene"), me = Math.random().toString(36).slice(2), step = data.dt * 1000;
  const page = buildPage(el, data.track.name, data.cars.slice(1)), { root, canvas, pads } = page, scene = trackScene(canvas, data.track);

  // Which keys are held, and by what: a key, or a finger on a button.
  const held = new Map();
  const keys = () => [...new Set(held.values())].sort();
  let focused = false, running = false, ended = false, asked = 0, answered = 0, heard = 0, next = 0, frame = 0, before = 0;

  // The newest state, at a place in time that is counted in steps; the place that is drawn; and from where and when the
  // cars glide to that state: from the picture that was there, so every state is seen as soon as it comes.
  let state = { ...data.state, at: 0 }, shown = 0, from = null, since = 0, drawn = null, pictures = 0;

  function hear(message) {
    if (message.type === "stopped" && message.view === me) { stop("Another view of this widget is driving: click here to drive on."); return; }
    if (message.type !== "state" || message.serial <= state.serial) return;
    const moved = message.steps !== state.steps, at = state.at + (moved ? 1 : 0);
    if (moved) {
      from = places();
      shown += 0.2 * (at - 0.9 - shown);  // steps arrive unevenly: the drawing follows their mean
      since = shown;
    }
    state = { ...message, at };
    if (message.view === me && message.n !== null) { answered = Math.max(answered, message.n); heard = performance.now(); }
    if (running && message.waiting && !held.size && asked === answered) running = false;
    tell();
    wake();
  }

  function ask(start) {
    asked += 1;
    model.send({ type: "tick", view: me, n: asked, keys: keys(), start });
  }

  // A key has changed: the car begins to drive, or the next step is asked for a little sooner.
  function changed() {
    for (const [name, pad] of Object.entries(pads)) pad.classList.toggle("held", keys().includes(name));
    const now = performance.now();
    if (!focused || ended) return;
    if (!running && held.size) {
      running = true;
      answered = asked;  // what has been asked before is answered, or never will be
      heard = now;
      next = now + step;
      ask(true);
      tell();
    } else if (running && asked - answered < WINDOW && now > next - EARLY * step) {
      next += step;
      ask(false);
    }
    wake();
  }

  function stop(text) {
    if (running && !text && !ended) model.send({ type: "pause", view: me });
    running = false;
    held.clear();
    changed();
    tell(text);
  }

  function end() {
    if (ended) return;
    ended = true;
    stop();
    for (const button of root.querySelectorAll("button")) button.disabled = true;
    tell();
  }

  function restart() {
    if (!ended) model.send({ type: "restart", view: me });
  }

  // What the player is told: in the picture, and in the line below it, which screen readers read.
  function tell(text) {
    const late = running && asked > answered && performance.now() - heard > PATIENCE;
    root.dataset.state = ended ? "ended" : running ? "driving" : focused ? "ready" : "idle";
    const touch = matchMedia("(pointer: coarse)").matches;
    const again = state.banner.startsWith("Paused") ? "Paused" : "";
    let banner = state.banner, line = state.note;
    if (ended) banner = line = "The kernel was restarted: run this cell again.";
    else if (late) banner = line = "Waiting for the kernel: it is busy with another cell. After a restart, run this cell again.";
    else if (text) banner = line = text;
    else if (state.waiting && !focused) banner = `${again ? again + ": c" : "C"}lick here, then press an arrow key`;
    else if (state.waiting && touch) banner = `${again ? again + ": h" : "H"}old a button to drive`;
    if (!line) line = banner || "Driving.";
    else if (!ended && !late && !text && state.out) line = banner;
    write(page.banner, banner);
    write(page.status, line);
    page.status.dataset.tone = ended || late || /cannot/.test(line) ? "problem" : "";
  }

  // Where the cars are now: on the way to the newest state, or a little beyond it.
  function places() {
    return state.cars.map(([x, y, heading, steering, steps], car) => {
      const past = from && from[car];
      if (!past || steps <= past.steps) return { x, y, heading, steering, steps };  // it stands, or was put back
      const share = (shown - since) / Math.max(state.at - since, 0.5), sure = Math.min(share, 1);
      const turn = Math.atan2(Math.sin(heading - past.heading), Math.cos(heading - past.heading));
      return { x: past.x + share * (x - past.x), y: past.y + share * (y - past.y), heading: past.heading + share * turn,
        steering: past.steering + sure * (steering - past.steering), steps: share < 1 ? past.steps : steps };
    });
  }

  function paint() {
    if (!scene.width && !fitScene(scene)) return;
    const cars = places(), mine = cars[0];
    paintRoad(scene);
    for (let car = cars.length - 1; car > 0; car--) paintCar(scene, { ...data.cars[car], ...cars[car], opacity: 0.5 });
    paintCar(scene, { ...data.cars[0], ...mine, out: state.out });
    const late = state.steps && !state.waiting && !state.out ? (shown - state.at) * data.dt : 0;
    writeNumbers(page.cells, state, Math.max(state.clock + late, 0));
    if (!drawn || ["x", "y", "heading", "steering"].some((name) => mine[name] !== drawn[name])) pictures += 1;
    drawn = mine;
  }

  function tick(now) {
    frame = 0;
    if (!root.isConnected) { stop(); return; }
    // The first frame may be stamped before the key, and a hidden page sleeps for minutes.
    const passed = before ? Math.min(Math.max(now - before, 0), 100) / step : 0;
    before = now;
    const real = performance.now();
    if (running && real >= next && asked - answered < WINDOW) {
      if (state.waiting && !held.size && asked === answered) running = false;
      else { next = Math.max(next + step, real); ask(false); }
    }
    if (running && asked > answered && real - heard > PATIENCE) tell();
    const most = state.at + (running && !state.out ? AHEAD : 0);
    shown = Math.max(Math.min(shown + passed, Math.max(most, shown)), state.at - 1.5);
    if (!running) shown = Math.min(shown, state.at);
    paint();
    if (running || shown < state.at) wake(); else before = 0;
  }

  function wake() { if (!frame) frame = requestAnimationFrame(tick); }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
    event.stopPropagation();  // a notebook has keys of its own: X would cut the cell
    if (event.key === "Escape") { canvas.blur(); return; }
    const key = ARROWS[event.key] || LETTERS[event.code];
    if (key || event.key === " ") event.preventDefault();
    if (event.repeat) return;
    if (key) { held.set(event.code, key); changed(); }
    else if (event.code === "KeyR") restart();
  });
  canvas.addEventListener("keyup", (event) => {
    if (ARROWS[event.key] || LETTERS[event.code]) { event.preventDefault(); event.stopPropagation(); }
    if (held.delete(event.code)) changed();
  });
  canvas.addEventListener("focus", () => { focused = true; tell(); });
  canvas.addEventListener("blur", () => { focused = false; stop(); });
  canvas.addEventListener("pointerdown", () => canvas.focus({ preventScroll: true }));
  for (const [name, pad] of Object.entries(pads)) {
    pad.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      pad.setPointerCapture(event.pointerId);
      held.set("pointer " + event.pointerId, name);
      changed();
    });
    const release = (event) => { if (held.delete("pointer " + event.pointerId)) changed(); };
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) pad.addEventListener(kind, release);
    pad.addEventListener("contextmenu", (event) => event.preventDefault());  // what a long touch would open
  }
  page.restart.addEventListener("click", () => { restart(); canvas.focus({ preventScroll: true }); });

  model.on("msg:custom", hear);
  model.on("comm_live_update", end);  // Jupyter's word for: the kernel has forgotten this widget
  const unwatch = watchSize(scene, paint);
  // For tests: what is drawn, and what has been heard.
  root.report = () => ({ pictures, drawn, running, focused, ended, keys: keys(), asked, answered, state });
  model.send({ type: "hello", view: me });
  tell();
  wake();
  return () => {
    stop();
    model.off("msg:custom", hear);
    model.off("comm_live_update", end);
    unwatch();
    cancelAnimationFrame(frame);
  };
}

export default { render };
