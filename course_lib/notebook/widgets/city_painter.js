// The city's map to paint into with the mouse, a pen or a finger.

function render({ model, el }) {
  const { width, height } = model.get("scene");
  el.innerHTML = `
    <div class="first-lap-painter" style="max-width: 960px; background: #fff; color: #222; font: 14px/1.45 system-ui, sans-serif; padding: 8px">
      <canvas width="${width}" height="${height}" role="img" aria-label="The map of the city, to be painted with the mouse"
        style="display: block; width: 100%; touch-action: none; cursor: crosshair"></canvas>
      <div style="display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; margin-top: 6px">
        <label><input type="radio" name="what" value="road" checked> build road</label>
        <label><input type="radio" name="what" value="houses"> build houses</label>
        <label>width <input type="range" min="6" max="30" value="15"></label>
        <span role="status"></span>
      </div>
    </div>`;
  const canvas = el.querySelector("canvas"), pen = canvas.getContext("2d"), size = el.querySelector("input[type=range]");
  const status = el.querySelector("[role=status]"), map = new Image();
  for (const choice of el.querySelectorAll("input[type=radio]")) choice.name = "what-" + (el.id || Math.random());
  let stroke = null;

  const road = () => el.querySelector("input[value=road]").checked;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * width, (event.clientY - box.top) / box.height * height];
  };

  function add(event) {
    const [x, y] = place(event), radius = Number(size.value), before = stroke.length ? stroke[stroke.length - 1] : [x, y];
    const far = Math.hypot(x - before[0], y - before[1]), pieces = Math.max(1, Math.ceil(far / (radius / 2)));
    for (let k = 1; k <= pieces; k++) {
      const point = [before[0] + (x - before[0]) * k / pieces, before[1] + (y - before[1]) * k / pieces];
      stroke.push(point);
      pen.beginPath(); pen.arc(...point, radius, 0, 7);
      pen.fillStyle = road() ? "#fcfcfa" : "#e2e8dd"; pen.fill();
    }
  }

  canvas.addEventListener("pointerdown", (event) => {
    stroke = []; canvas.setPointerCapture(event.pointerId); add(event); event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => { if (stroke) add(event); });
  const end = () => {
    if (!stroke) return;
    model.send({ type: "stroke", points: stroke.map(([x, y]) => [Math.round(x), Math.round(y)]), radius: Number(size.value), road: road() });
    stroke = null;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);

  const show = () => { map.src = model.get("picture"); };
  const say = () => { status.textContent = model.get("said"); };
  map.addEventListener("load", () => { if (!stroke) pen.drawImage(map, 0, 0); });
  model.on("change:picture", show);
  model.on("change:said", say);
  show(); say();
  return () => { model.off("change:picture", show); model.off("change:said", say); };
}

export default { render };
