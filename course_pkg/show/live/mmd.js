// Two clouds of points: what the kernel's witness says of each place, and whether a permutation test tells them apart.
// Points are [[x, y], ...]; the first n of them are P's, the others Q's. A label is 1 for P.

// exp(-r^2 / 2 h^2) of all pairs, flat, 0 for a point and itself.
export function table(points, h) {
  const N = points.length, k = new Float64Array(N * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < i; j++) {
    const dx = points[i][0] - points[j][0], dy = points[i][1] - points[j][1];
    k[i * N + j] = k[j * N + i] = Math.exp(-(dx * dx + dy * dy) / (2 * h * h));
  }
  return k;
}

// The unbiased MMD^2 of the points labelled 1 and those labelled 0.
export function unbiased(k, labels) {
  const N = labels.length;
  let n = 0, within_1 = 0, within_0 = 0, between = 0;
  for (let i = 0; i < N; i++) {
    n += labels[i];
    for (let j = 0; j < i; j++) {
      const value = k[i * N + j];
      if (labels[i] !== labels[j]) between += value; else if (labels[i]) within_1 += value; else within_0 += value;
    }
  }
  const m = N - n;
  return (2 * within_1) / (n * (n - 1)) + (2 * within_0) / (m * (m - 1)) - (2 * between) / (n * m);
}

// M ways to deal n labels out to N points, every way equally likely (Fisher and Yates).
export function dealt(n, N, M, seed) {
  const next = random(seed);
  return Array.from({ length: M }, () => {
    const labels = Array.from({ length: N }, (_, i) => (i < n ? 1 : 0));
    for (let i = N - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [labels[i], labels[j]] = [labels[j], labels[i]];
    }
    return labels;
  });
}

// The observed value, those of dealt labels, and the share of all of them that are at least as large.
export function verdict(points, n, h, deals) {
  const k = table(points, h), own = points.map((_, i) => (i < n ? 1 : 0));
  const observed = unbiased(k, own), values = deals.map((labels) => unbiased(k, labels));
  const as_large = values.filter((value) => value >= observed - 1e-12).length;
  return { observed, values, p: (as_large + 1) / (values.length + 1) };
}

// mean k(x_i, at) - mean k(y_j, at): above 0 where P is the denser.
export function witness(points, n, h, at) {
  let sum = 0;
  points.forEach((point, i) => {
    const r2 = (point[0] - at[0]) ** 2 + (point[1] - at[1]) ** 2;
    sum += Math.exp(-r2 / (2 * h * h)) / (i < n ? n : n - points.length);
  });
  return sum;
}

const REACH = 4, CELLS = 28, LEVELS = 5, PERMUTATIONS = 99;
const signed = (v, digits = 2) => v.toFixed(digits).replace("-", "\u2212");

export function render({ model, el }) {
  const x = model.get("x"), y = model.get("y"), n = x.length;
  const state = Object.fromEntries(["right", "up", "spread", "log_h"].map((key) => [key, model.get(key)]));
  const deals = dealt(n, n + y.length, PERMUTATIONS, 1);
  const change = (key) => (value) => { state[key] = value; model.set(key, value); model.save_changes(); draw_soon(); };
  const control = (key, label, min, max, show = signed) =>
    slider({ label, min, max, step: 0.02, value: state[key], show, change: change(key) });
  const controls = {
    right: control("right", "Q to the right", -3, 3),
    up: control("up", "Q upwards", -3, 3),
    spread: control("spread", "spread of Q", 0.2, 2),
    log_h: control("log_h", "kernel width h", -1.4, 1, (v) => (10 ** v).toFixed(2)),
  };
  const put = (values) => { for (const [key, v] of Object.entries(values)) { controls[key].set(v); change(key)(v); } };
  const button = (words, values) => h("button", { type: "button", onclick: () => put(values) }, words);
  const buttons = h("div", { class: "buttons" },
    button("same law", { right: 0, up: 0, spread: 1 }),
    button("same place, other spread", { right: 0, up: 0, spread: 0.5 }),
    button("too wide a kernel", { log_h: 1 }), button("too narrow a kernel", { log_h: -1.4 }));
  // One handle for good, which is moved: what a pointer holds is not made anew under it.
  const handle = h("g", { class: "handle" }, h("circle", { r: 22, class: "reach" }), h("circle", { r: 8, class: "grip" }));
  const picture = h("svg", { role: "img", class: "clouds" }), strip = h("svg", { class: "strip", "aria-hidden": "true" });
  const reading = h("p", { class: "reading" }), { element: status, say } = announcer();
  el.classList.add("live", "live-mmd");
  el.append(picture, h("div", { class: "sliders" }, ...Object.values(controls).map((c) => c.element)), buttons, reading, strip, status);

  let scale = 1, size = 300;
  function draw() {
    const points = [...x, ...y.map(([a, b]) => [state.right + state.spread * a, state.up + state.spread * b])];
    const width = 10 ** state.log_h, found = verdict(points, n, width, deals);
    size = Math.max(260, Math.min(420, el.clientWidth));
    scale = size / (2 * REACH);
    const at = (a) => size / 2 + a * scale, low = (b) => size / 2 - b * scale;

    // Places by how much the witness says there: squares of one level are one path.
    const step = (2 * REACH) / CELLS, side = (step * scale).toFixed(2), squares = [];
    let most = 1e-12;
    for (let i = 0; i < CELLS; i++) for (let j = 0; j < CELLS; j++) {
      const place = [-REACH + (i + 0.5) * step, -REACH + (j + 0.5) * step], value = witness(points, n, width, place);
      most = Math.max(most, Math.abs(value));
      squares.push([place, value]);
    }
    const paths = {};
    for (const [[a, b], value] of squares) {
      const level = Math.min(LEVELS, Math.ceil((LEVELS * Math.abs(value)) / most - 0.5));
      if (level < 1) continue;
      const key = `${value > 0 ? "p" : "q"} level${level}`;
      paths[key] = (paths[key] ?? "") + `M${(at(a - step / 2)).toFixed(1)},${low(b + step / 2).toFixed(1)}h${side}v${side}h-${side}z`;
    }
    for (const part of handle.children) { part.setAttribute("cx", at(state.right)); part.setAttribute("cy", low(state.up)); }
    const circle = ([a, b], i) => h("circle", { cx: at(a), cy: low(b), r: 3, class: i < n ? "p point" : "q point" });
    picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
    picture.setAttribute("width", size);
    picture.setAttribute("height", size);
    picture.replaceChildren(...Object.entries(paths).map(([key, d]) => h("path", { d, class: key })), ...points.map(circle),
      handle,
      h("text", { x: at(state.right) + 12, y: low(state.up) + 5 }, "Q"));

    // The permuted values as ticks, the observed one as a long line.
    const all = [...found.values, found.observed], left = Math.min(...all), right = Math.max(...all);
    const where = (value) => 8 + ((size - 16) * (value - left)) / (right - left || 1);
    strip.setAttribute("viewBox", `0 0 ${size} 46`);
    strip.setAttribute("width", size);
    strip.setAttribute("height", 46);
    strip.replaceChildren(h("path", { d: found.values.map((v) => `M${where(v).toFixed(1)},12v14`).join(""), class: "permuted" }),
      h("path", { d: `M${where(found.observed).toFixed(1)},4v28`, class: "observed" }),
      h("text", { x: 8, y: 44, class: "tick" }, "ticks: labels dealt anew; long line: as observed"));

    const told = found.p <= 0.05 ? "the test tells them apart" : "the test sees no difference";
    const words = `MMD\u00b2 (unbiased) is ${signed(found.observed, 4)}, p is ${found.p.toFixed(2)}: ${told}.`;
    reading.textContent = words;
    Object.assign(el.dataset, { mmd2: found.observed, p: found.p, h: width });
    picture.setAttribute("aria-label", `Two clouds of ${n} and ${y.length} points; shaded, where one is the denser. ` +
      `Q lies at (${signed(state.right)}, ${signed(state.up)}), its spread is ${signed(state.spread)}. ${words}`);
    say(words);
  }
  const draw_soon = once_a_frame(draw);

  let held = null;  // from the pointer to Q's middle
  const spot = (event) => {
    const box = picture.getBoundingClientRect(), f = size / box.width;
    return [((event.clientX - box.left) * f - size / 2) / scale, (size / 2 - (event.clientY - box.top) * f) / scale];
  };
  picture.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".handle, .q.point")) return;
    const [a, b] = spot(event);
    held = [state.right - a, state.up - b];
    picture.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  picture.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [a, b] = spot(event), kept = (v) => Math.max(-3, Math.min(3, Math.round(v * 50) / 50));
    put({ right: kept(a + held[0]), up: kept(b + held[1]) });
  });
  const drop = () => { held = null; };
  picture.addEventListener("pointerup", drop);
  picture.addEventListener("pointercancel", drop);
  for (const key of Object.keys(state)) model.on("change:" + key, () => { state[key] = model.get(key); controls[key].set(state[key]); draw_soon(); });
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
