// The page of the drive widget: its elements, its colours, and what it writes. `drive.js` gives it life.

const STYLE = `
.first-lap-drive { color-scheme: light; background: #fff; color: #222; font: 14px/1.45 system-ui, sans-serif; padding: 12px;
  box-sizing: border-box; width: 100%; max-width: 1000px; border-radius: 6px; }
.first-lap-drive * { box-sizing: border-box; }
.first-lap-drive .numbers { display: flex; flex-wrap: wrap; gap: 2px 26px; margin: 0 0 8px; padding: 0; }
.first-lap-drive .numbers div { min-width: 68px; }
.first-lap-drive .numbers dt, .first-lap-drive .numbers dd { display: block; float: none; width: auto; margin: 0; padding: 0; white-space: nowrap; }
.first-lap-drive .numbers dt { font-size: 12.5px; font-weight: 400; color: #5b6268; }
.first-lap-drive .numbers dd { font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; }
.first-lap-drive .ghosts { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 0 0 6px; font-size: 13px; overflow-wrap: anywhere; }
.first-lap-drive .ghosts i { display: inline-block; width: 12px; height: 12px; border-radius: 50%; margin-right: 6px; opacity: 0.65; }
.first-lap-drive .stage { position: relative; border: 3px solid #c3c9ce; border-radius: 6px; overflow: hidden; }
.first-lap-drive .stage:focus-within { border-color: #005a8e; box-shadow: 0 0 0 3px #e69f00; }
.first-lap-drive canvas { display: block; width: 100%; max-width: 100%; background: #fff; outline: none; cursor: pointer; touch-action: manipulation; }
.first-lap-drive .banner { position: absolute; left: 50%; top: 46%; transform: translate(-50%, -50%); width: max-content;
  max-width: 92%; margin: 0;
  padding: 6px 16px; border-radius: 6px; background: rgba(255, 255, 255, 0.92); border: 1px solid #8a9197; font-size: 17px; font-weight: 600;
  text-align: center; pointer-events: none; }
.first-lap-drive .banner:empty { display: none; }
.first-lap-drive .pads { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; align-items: center; }
.first-lap-drive .pads .space { flex: 1 1 12px; }
.first-lap-drive button { font: inherit; font-weight: 600; color: #222; background: #fff; border: 1px solid #8a9197; border-radius: 6px; padding: 6px 14px;
  min-height: 40px; min-width: 64px; cursor: pointer; touch-action: none; user-select: none; -webkit-user-select: none; }
.first-lap-drive button:hover { background: #eef1f3; }
.first-lap-drive button.held { background: #005a8e; border-color: #005a8e; color: #fff; }
.first-lap-drive button:disabled { color: #8a9197; border-color: #c3c9ce; background: #fff; cursor: default; }
.first-lap-drive button:focus-visible { outline: 3px solid #e69f00; outline-offset: 2px; }
.first-lap-drive .status { min-height: 1.45em; margin: 8px 0 0; color: #444; overflow-wrap: anywhere; }
.first-lap-drive .status[data-tone=problem] { color: #9c1c00; font-weight: 600; }
@media (pointer: coarse), (max-width: 640px) {
  .first-lap-drive button { min-height: 56px; flex: 1 1 0; min-width: 0; padding: 6px 2px; font-size: 13px; white-space: nowrap; }
  .first-lap-drive .banner { font-size: 14px; padding: 4px 10px; }
  .first-lap-drive .pads .space { display: none; }
  .first-lap-drive .pads .restart { flex-basis: 100%; min-height: 44px; }
  .first-lap-drive .numbers { gap: 2px 16px; }
}`;

const NUMBERS = [["clock", "Lap"], ["last", "Last lap"], ["best", "Best lap"], ["speed", "Speed"], ["outs", "Off track"]];
const PADS = [["left", "◀ Left"], ["right", "Right ▶"], ["", ""], ["down", "▼ Brake"], ["up", "▲ Gas"]];

function element(kind, name, text = "") {
  const made = document.createElement(kind);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}

// Fills `el`; returns what the widget writes to or listens to. `ghosts` have a label and a colour.
function buildPage(el, trackName, ghosts) {
  const root = element("div", "first-lap-drive");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", `Drive on ${trackName}`);
  root.append(element("style", "", STYLE));
  const numbers = element("dl", "numbers"), cells = {};
  for (const [name, title] of NUMBERS) {
    const pair = element("div");
    cells[name] = element("dd", "", "–");
    pair.append(element("dt", "", title), cells[name]);
    numbers.append(pair);
  }
  const stage = element("div", "stage"), canvas = element("canvas"), banner = element("p", "banner");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `Track ${trackName} from above, with your car. ` +
    "Arrow keys or W A S D drive, R restarts, Escape or Tab leaves.");
  banner.setAttribute("aria-hidden", "true");  // the status below says it
  stage.append(canvas, banner);
  const row = element("div", "pads"), pads = {};
  for (const [name, text] of PADS) {
    if (!name) { row.append(element("span", "space")); continue; }
    pads[name] = element("button", "", text);
    pads[name].tabIndex = -1;  // for fingers and mice: who has a keyboard has arrow keys
    row.append(pads[name]);
  }
  const restart = element("button", "restart", "Restart (R)");
  row.append(element("span", "space"), restart);
  for (const button of row.querySelectorAll("button")) button.type = "button";
  const status = element("p", "status");
  status.setAttribute("role", "status");
  status.setAttribute("aria-live", "polite");
  const legend = element("div", "ghosts");
  for (const { label, colour } of ghosts) {
    const dot = element("i"), line = element("span", "", label);
    dot.style.background = colour;
    line.prepend(dot);
    legend.append(line);
  }
  root.append(numbers, ...(ghosts.length ? [legend] : []), stage, row, status);
  el.append(root);
  return { root, canvas, banner, cells, pads, restart, status };
}

function write(target, text) { if (target.textContent !== text) target.textContent = text; }

function writeNumbers(cells, state, clock) {
  const lap = (seconds) => seconds === null ? "–" : seconds.toFixed(2) + " s";
  write(cells.clock, clock.toFixed(1) + " s");
  write(cells.last, lap(state.last));
  write(cells.best, lap(state.best));
  write(cells.speed, state.speed.toFixed(1) + " m/s");
  write(cells.outs, String(state.off_tracks));
}
