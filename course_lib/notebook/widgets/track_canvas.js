// Draws a road and cars on a canvas, seen from above. Plain functions without imports: `esm.py` puts them in front of
// the file of a widget, which then calls them.
//
//   trackScene(canvas, track, most = 460)  -> scene. `track` is what `track_geometry` of esm.py returns; `most` is the
//       largest height of the picture in CSS px. The canvas takes the width of its parent.
//   fitScene(scene)  -> true if the canvas has got another size, so that everything must be painted again.
//   watchSize(scene, repaint)  -> a function that ends the watch. Calls repaint() whenever the size has changed.
//   paintRoad(scene)  paints the road over all that was there: the first call of every picture.
//   paintTrail(scene, points, colour)  a line through [x, y] points in m that fades towards the first.
//   paintCar(scene, car)  car = { x, y, heading, steering, colour, ink, label, opacity, out }: the nose in m, radians,
//       degrees (0), "#RRGGBB", the colour of its window ("#fff"), a text beside it (none), 0 to 1 (1), and whether to
//       cross it out (false). What stands in brackets is taken where the field is missing.
//   placeOf(scene, x, y)  -> [left, top] in CSS px of a point in m.

const ROAD = "#dde1e4", BORDER = "#5b6268", INK = "#222", SMALLEST_CAR = 75;  // px per m that a car is drawn with at least

function trackScene(canvas, track, most = 460) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const point of track.outside) for (const k of [0, 1]) {
    low[k] = Math.min(low[k], point[k] - 0.25);
    high[k] = Math.max(high[k], point[k] + 0.25);
  }
  const road = document.createElement("canvas");
  const scene = { canvas, pen: canvas.getContext("2d"), road, track, most, low, high, width: 0, ratio: 0, scale: 1, left: 0, bottom: 0 };
  fitScene(scene);
  return scene;
}

function placeOf(scene, x, y) { return [scene.left + x * scene.scale, scene.bottom - y * scene.scale]; }

function fitScene(scene) {
  const { canvas, road, low, high } = scene, width = canvas.clientWidth, ratio = window.devicePixelRatio || 1;
  if (!width || (width === scene.width && ratio === scene.ratio)) return false;
  const span = [high[0] - low[0], high[1] - low[1]];
  scene.width = width;
  scene.ratio = ratio;
  scene.scale = Math.min(width / span[0], scene.most / span[1]);
  const height = Math.round(span[1] * scene.scale);
  scene.left = (width - span[0] * scene.scale) / 2 - low[0] * scene.scale;
  scene.bottom = height + low[1] * scene.scale;
  canvas.style.height = height + "px";
  for (const each of [canvas, road]) {
    each.width = Math.round(width * ratio);
    each.height = Math.round(height * ratio);
  }
  paintLayer(scene, road.getContext("2d"), width, height);
  return true;
}

function watchSize(scene, repaint) {
  const observer = new ResizeObserver(() => { if (fitScene(scene)) repaint(); });
  observer.observe(scene.canvas.parentElement);
  return () => observer.disconnect();
}

function paintLayer(scene, pen, width, height) {
  const { outside, inside, centre, start } = scene.track;
  const line = (points) => {
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(...placeOf(scene, x, y));
    pen.closePath();
  };
  pen.setTransform(scene.ratio, 0, 0, scene.ratio, 0, 0);
  pen.fillStyle = "#fff"; pen.fillRect(0, 0, width, height);
  pen.lineJoin = "round"; pen.lineWidth = 1.5; pen.strokeStyle = BORDER;
  line(outside); pen.fillStyle = ROAD; pen.fill(); pen.stroke();
  line(inside); pen.fillStyle = "#fff"; pen.fill(); pen.stroke();
  line(centre); pen.strokeStyle = "#fff"; pen.setLineDash([8, 8]); pen.stroke();
  paintStart(pen, placeOf(scene, ...start[0]), placeOf(scene, ...start[1]));
  pen.setLineDash([]);
}

// Two rows of squares, black on white.
function paintStart(pen, from, to) {
  const across = [to[0] - from[0], to[1] - from[1]], long = Math.hypot(...across);
  const size = long / (2 * Math.max(2, Math.round(long / 9)));
  const side = [-across[1] / long * size / 2, across[0] / long * size / 2];
  pen.lineWidth = size;
  pen.setLineDash([size, size]);
  for (const [sign, shift] of [[1, 0], [-1, size]]) for (const [colour, more] of [["#fff", 0], ["#000", size]]) {
    pen.beginPath();
    pen.lineDashOffset = shift + more;
    pen.moveTo(from[0] + sign * side[0], from[1] + sign * side[1]);
    pen.lineTo(to[0] + sign * side[0], to[1] + sign * side[1]);
    pen.strokeStyle = colour; pen.stroke();
  }
}

function paintRoad(scene) {
  const { pen, road, ratio } = scene;
  if (!scene.width) return;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.globalAlpha = 1;
  pen.drawImage(road, 0, 0);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function paintTrail(scene, points, colour) {
  const { pen } = scene;
  pen.strokeStyle = colour; pen.lineCap = "butt"; pen.lineWidth = Math.max(2.5, 0.05 * scene.scale);
  for (let k = 1; k < points.length; k++) {
    pen.globalAlpha = 0.08 + 0.72 * (k / points.length) ** 1.5;
    pen.beginPath();
    pen.moveTo(...placeOf(scene, ...points[k - 1]));
    pen.lineTo(...placeOf(scene, ...points[k]));
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

// The nose is at (x, y); the car lies behind it, drawn larger than it is where it would be too small.
function paintCar(scene, car) {
  const { pen } = scene, m = Math.max(scene.scale, SMALLEST_CAR), shape = (corners) => {
    pen.beginPath();
    corners.forEach(([x, y]) => pen.lineTo(x, y));
    pen.closePath();
  };
  pen.save();
  pen.translate(...placeOf(scene, car.x, car.y));
  pen.save();
  pen.rotate(-car.heading);
  pen.scale(m, -m);  // x ahead, y to the left
  pen.globalAlpha = car.opacity ?? 1;
  pen.fillStyle = "#25292d";
  for (const [x, turn] of [[-0.24, 0], [-0.06, car.steering || 0]]) for (const y of [-0.085, 0.085]) {
    pen.save();
    pen.translate(x, y);
    pen.rotate(turn * Math.PI / 180);
    pen.fillRect(-0.04, -0.022, 0.08, 0.044);
    pen.restore();
  }
  shape([[0, 0.02], [-0.13, 0.065], [-0.31, 0.08], [-0.31, -0.08], [-0.13, -0.065], [0, -0.02]]);
  pen.fillStyle = car.colour; pen.fill();
  pen.strokeStyle = "#fff"; pen.lineWidth = 0.012; pen.stroke();
  shape([[-0.13, 0.045], [-0.18, 0.06], [-0.18, -0.06], [-0.13, -0.045]]);
  pen.fillStyle = car.ink || "#fff"; pen.globalAlpha *= 0.85; pen.fill();
  pen.restore();
  if (car.out) {
    pen.strokeStyle = "#b00020"; pen.lineWidth = 3;
    pen.beginPath(); pen.moveTo(-6, -6); pen.lineTo(6, 6); pen.moveTo(6, -6); pen.lineTo(-6, 6); pen.stroke();
  }
  if (car.label !== undefined && car.label !== "") {
    // Beside the middle of the car, on its left; not outside the picture.
    const away = [-0.15 * m * Math.cos(car.heading) - 22 * Math.sin(car.heading),
      0.15 * m * Math.sin(car.heading) - 22 * Math.cos(car.heading)];
    pen.font = "600 12px system-ui, sans-serif"; pen.textBaseline = "middle"; pen.lineJoin = "round";
    const half = pen.measureText(car.label).width / 2, [left] = placeOf(scene, car.x, car.y);
    const x = Math.min(Math.max(left + away[0] - Math.sin(car.heading) * (half - 6), half + 4), scene.width - half - 4) - left;
    pen.textAlign = "center"; pen.lineWidth = 4; pen.strokeStyle = "#fff"; pen.fillStyle = INK;
    pen.strokeText(car.label, x, away[1]); pen.fillText(car.label, x, away[1]);
  }
  pen.restore();
}
