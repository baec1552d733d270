// The view of a training: cars that the newest policy drives, and its learning curves.
//
// Python sends `state` = { steps, seconds, frames, curves }: frames are pictures of the cars, [x, y, heading, steering,
// out] each, to be played one after the other; curves are [{ name, points: [[steps, value], ...] }]. The last state holds
// the whole curves, so a view that opens late shows them too.

const LIVE_STYLE = `
.first-lap-live { color-scheme: light; background: #fff; color: #222; font: 14px/1.45 system-ui, sans-serif; padding: 12px;
  box-sizing: border-box; max-width: 1200px; border: 1px solid #c9ced2; border-radius: 8px; }
.first-lap-live * { box-sizing: border-box; }
.first-lap-live .panes { display: flex; flex-wrap: wrap; gap: 8px 24px; }
.first-lap-live .road { flex: 3 1 400px; min-width: 0; }
.first-lap-live .curves { flex: 2 1 280px; min-width: 0; }
.first-lap-live canvas { display: block; width: 100%; background: #fff; }
.first-lap-live p { margin: 8px 0 0; font-variant-numeric: tabular-nums; }
.first-lap-live .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;
const LIVE_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7"];
const PICTURE_MS = 1000 / 30, CURVE_HEIGHT = 175, SAY_EVERY = 3000;

function liveNumber(value) { return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2); }

function liveWords(state) {
  if (!state.steps) return "Waiting for the first update of the training.";
  const values = state.curves.map(({ name, points }) => `${name} ${liveNumber(points[points.length - 1][1])}`);
  return [`${state.steps.toLocaleString("en")} steps in ${state.seconds.toFixed(1)} s`, ...values].join(", ") + ".";
}

function paintCurves(canvas, curves, most) {
  const width = canvas.clientWidth, ratio = window.devicePixelRatio || 1, height = CURVE_HEIGHT * Math.max(1, curves.length);
  if (!width) return;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size;
    canvas.style.height = height + "px";
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = "#fff"; pen.fillRect(0, 0, width, height);
  curves.forEach((curve, number) => paintCurve(pen, curve, number, width, number * CURVE_HEIGHT, most));
}

function paintCurve(pen, { name, points }, number, width, top, most) {
  const left = 46, right = width - 14, upper = top + 28, lower = top + CURVE_HEIGHT - 34;
  const values = points.map((point) => point[1]), last = points[points.length - 1];
  let low = Math.min(0, ...values), high = Math.max(...values);
  if (high - low < 1e-6) high = low + 1;
  const px = (steps) => left + (right - left) * steps / most, py = (value) => lower - (lower - upper) * (value - low) / (high - low);
  pen.font = "600 13px system-ui, sans-serif"; pen.fillStyle = "#222"; pen.textAlign = "left"; pen.textBaseline = "alphabetic";
  pen.fillText(name, left, top + 16);
  pen.font = "12px system-ui, sans-serif"; pen.fillStyle = "#444"; pen.strokeStyle = "#e3e6e8"; pen.lineWidth = 1;
  for (const value of [low, (low + high) / 2, high]) {
    pen.beginPath(); pen.moveTo(left, py(value)); pen.lineTo(right, py(value)); pen.stroke();
    pen.textAlign = "right"; pen.textBaseline = "middle"; pen.fillText(liveNumber(value), left - 6, py(value));
  }
  pen.textBaseline = "top";
  pen.textAlign = "left"; pen.fillText("0", left, lower + 5);
  pen.textAlign = "right"; pen.fillText(most.toLocaleString("en") + " steps", right, lower + 5);
  pen.strokeStyle = LIVE_COLOURS[number]; pen.fillStyle = LIVE_COLOURS[number]; pen.lineWidth = 2; pen.lineJoin = "round";
  pen.beginPath();
  for (const [steps, value] of points) pen.lineTo(px(steps), py(value));
  pen.stroke();
  for (const [steps, value] of points.length > 30 ? [last] : points) {
    pen.beginPath(); pen.arc(px(steps), py(value), 3, 0, 7); pen.fill();
  }
}

function render({ model, el }) {
  const track = model.get("track");
  const root = document.createElement("div");
  root.className = "first-lap-live";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Training view");
  root.innerHTML = `<style>${LIVE_STYLE}</style><div class="panes"><div class="road"><canvas role="img"></canvas></div>
    <div class="curves"><canvas role="img"></canvas></div></div><p class="words"></p><span class="said" role="status"></span>`;
  const [road, curves] = root.querySelectorAll("canvas"), words = root.querySelector(".words"), said = root.querySelector(".said");
  el.replaceChildren(root);
  if (track) road.setAttribute("aria-label", `Cars on the track ${track.name}, driven by the newest policy`);
  else road.parentElement.remove();

  const scene = track ? trackScene(road, track, 380) : null;
  let queue = [], shown = [], trails = [], owed = 0, before = null, request = 0, spoken = -Infinity, pictures = 0;

  function paintCars() {
    if (!scene) return;
    paintRoad(scene);
    trails.forEach((trail, k) => paintTrail(scene, trail, LIVE_COLOURS[k % LIVE_COLOURS.length]));
    shown.forEach(([x, y, heading, steering, out], k) => paintCar(scene, { x, y, heading, steering, out: Boolean(out),
      colour: LIVE_COLOURS[k % LIVE_COLOURS.length], ink: "#222" }));
  }

  function tell() {
    const state = model.get("state"), text = liveWords(state);
    words.textContent = text;
    curves.setAttribute("aria-label", "Learning curves: " + text);
    paintCurves(curves, state.curves || [], state.steps);
    if (performance.now() - spoken > SAY_EVERY) { said.textContent = text; spoken = performance.now(); }
  }

  function next(frame) {
    trails = frame.map(([x, y], k) => {
      const trail = trails[k] || [], last = trail[trail.length - 1];
      // A car that was put back to the road begins a new trail.
      return last && Math.hypot(x - last[0], y - last[1]) > 0.6 ? [[x, y]] : [...trail.slice(-14), [x, y]];
    });
    shown = frame;
    pictures += 1;
  }

  function tick(time) {
    request = 0;
    owed += before === null ? PICTURE_MS : Math.min(Math.max(time - before, 0), 200);
    before = time;
    // A full queue is played faster, so that the picture stays close to the training.
    let due = Math.floor(owed / PICTURE_MS) * (queue.length > 30 ? 2 : 1);
    owed %= PICTURE_MS;
    if (due && queue.length) {
      while (due-- && queue.length) next(queue.shift());
      paintCars();
    }
    if (queue.length) request = requestAnimationFrame(tick); else before = null;
  }

  function hear() {
    queue.push(...(model.get("state").frames || []));
    queue = queue.slice(-120);
    tell();
    if (queue.length && !request) request = requestAnimationFrame(tick);
  }

  model.on("change:state", hear);
  const unwatch = scene ? watchSize(scene, paintCars) : () => {};
  const resized = new ResizeObserver(tell);
  resized.observe(curves.parentElement);
  root.liveTest = () => ({ pictures, steps: model.get("state").steps || 0, cars: shown });
  paintCars();
  hear();
  return () => {
    cancelAnimationFrame(request);
    model.off("change:state", hear);
    unwatch();
    resized.disconnect();
  };
}

export default { render };
