// Two Gaussian latents of one total correlation, a batch of their codes, its shuffle, and what the best classifier
// of codes against shuffled codes says of a place and reads on average. Both latents have variance 1.

const correlation = (tc) => Math.sqrt(-Math.expm1(-2 * tc));

// log q(z) / q(z_1) q(z_2).
export function log_ratio([a, b], tc) {
  const rho = correlation(tc), loss = Math.exp(-2 * tc);
  return tc - (rho * rho * (a * a + b * b) - 2 * rho * a * b) / (2 * loss);
}

// The same, as it is seen where the second deck is shuffled batches: log q / m_B, m_B = q / B + (1 - 1/B) q_1 q_2.
export function seen(t, B) {
  const one = -Math.log(B), other = Math.log1p(-1 / B) - t, high = Math.max(one, other);
  return -(high + Math.log1p(Math.exp(Math.min(one, other) - high)));
}

// Its mean over codes, a sum on a grid along both axes of the cloud: there log q / q_1 q_2 is tc + rho (u^2 - v^2) / 2.
export function reading(tc, B, points = 121) {
  const rho = correlation(tc), weight = new Float64Array(points), half = new Float64Array(points);
  let whole = 0, sum = 0;
  for (let i = 0; i < points; i++) {
    const u = (9 * i) / (points - 1);
    half[i] = (u * u) / 2;
    weight[i] = Math.exp(-half[i]) / (i ? 1 : 2);
    whole += weight[i];
  }
  for (let i = 0; i < points; i++) for (let j = 0; j < points; j++)
    sum += weight[i] * weight[j] * seen(tc + rho * (half[i] - half[j]), B);
  return sum / (whole * whole);
}

// B codes, and for each row of their shuffle the rows that its two latents come from: every order equally likely.
export function batch(tc, B, next_normal, next) {
  const rho = correlation(tc), codes = Array.from({ length: B }, () => {
    const a = next_normal();
    return [a, rho * a + Math.exp(-tc) * next_normal()];
  });
  const from = Array.from({ length: B }, (_, i) => i);
  for (let i = B - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [from[i], from[j]] = [from[j], from[i]];
  }
  return { codes, from };
}

const REACH = 3.5, CELLS = 35, LEVELS = [0.25, 0.75, 1.5, 2.5, 4], MOST = 8;  // nats from which a place is that dark
const KEYS = ["tc", "log2_batch", "z1", "z2", "seed"];
const signed = (v, digits = 2) => v.toFixed(digits).replace("-", "\u2212");

export function render({ model, el }) {
  const state = Object.fromEntries(KEYS.map((key) => [key, model.get(key)]));
  const change = (key) => (value) => { state[key] = value; model.set(key, value); model.save_changes(); draw_soon(); };
  const control = (key, label, min, max, step, show = signed) =>
    slider({ label, min, max, step, value: state[key], show, change: change(key) });
  const controls = {
    tc: control("tc", "total correlation", 0, MOST, 0.05),
    log2_batch: control("log2_batch", "batch B", 1, 10, 1, (v) => (2 ** v).toLocaleString("en")),
    z1: control("z1", "place: latent 1", -3, 3, 0.05),
    z2: control("z2", "place: latent 2", -3, 3, 0.05),
  };
  const put = (values) => { for (const [key, v] of Object.entries(values)) { controls[key]?.set(v); change(key)(v); } };
  const button = (words, values) => h("button", { type: "button", onclick: () => put(values()) }, words);
  const buttons = h("div", { class: "buttons" },
    button("independent", () => ({ tc: 0 })), button("three nats, 64 codes", () => ({ tc: 3, log2_batch: 6 })),
    button("against the ceiling", () => ({ tc: 8, log2_batch: 4 })),
    button("place on the ridge", () => ({ z1: 1.5, z2: 1.5 })), button("place off the ridge", () => ({ z1: 1, z2: -1 })),
    button("another batch", () => ({ seed: state.seed + 1 })));
  // One handle for good, which is moved: what a pointer holds is not made anew under it.
  const handle = h("g", { class: "handle" }, h("circle", { r: 22, class: "reach" }), h("circle", { r: 8, class: "grip" }));
  const plane = h("svg", { role: "img", class: "plane" }), curve = h("svg", { "aria-hidden": "true", class: "curve" });
  const told = h("p", { class: "reading" }), { element: status, say } = announcer();
  el.classList.add("live", "live-shuffle");
  el.append(h("div", { class: "pictures" }, plane, curve), h("div", { class: "sliders" }, ...Object.values(controls).map((c) => c.element)), buttons, told, status);

  let scale = 1, side = 300;
  const sized = (svg, width, height) => {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
  };
  const text = (x, y, anchor, words, c = "") => h("text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: c }, words);

  function draw_plane(B, drawn) {
    const at = (a) => side / 2 + a * scale, low = (b) => side / 2 - b * scale, within = ([a, b]) => Math.max(Math.abs(a), Math.abs(b)) < REACH;
    const step = (2 * REACH) / CELLS, wide = (step * scale).toFixed(2), shades = {};
    for (let i = 0; i < CELLS; i++) for (let j = 0; j < CELLS; j++) {
      const a = -REACH + (i + 0.5) * step, b = -REACH + (j + 0.5) * step, value = seen(log_ratio([a, b], state.tc), B);
      const level = LEVELS.filter((from) => Math.abs(value) >= from).length;
      if (!level) continue;
      const key = `${value > 0 ? "more" : "less"} level${level}`;
      shades[key] = (shades[key] ?? "") + `M${at(a - step / 2).toFixed(1)},${low(b + step / 2).toFixed(1)}h${wide}v${wide}h-${wide}z`;
    }
    const rows = drawn.from.map((j, i) => ({ place: [drawn.codes[i][0], drawn.codes[j][1]], tied: i === j }));
    const mark = (places, shape) => places.filter(within).map(([a, b]) => `M${at(a).toFixed(1)},${low(b).toFixed(1)}${shape}`).join("");
    for (const part of handle.children) { part.setAttribute("cx", at(state.z1)); part.setAttribute("cy", low(state.z2)); }
    sized(plane, side, side);
    plane.replaceChildren(...Object.entries(shades).map(([key, d]) => h("path", { d, class: key })),
      h("path", { d: `M0.5,0.5h${side - 1}v${side - 1}h${1 - side}z`, class: "frame" }),
      h("path", { d: mark(drawn.codes, "m-2,-2h4v4h-4z"), class: "code" }),
      h("path", { d: mark(rows.map((row) => row.place), "m-3,0h6m-3,-3v6"), class: "row" }),
      h("path", { d: mark(rows.filter((row) => row.tied).map((row) => row.place), "m-7,0a7,7 0 1 0 14,0a7,7 0 1 0 -14,0"), class: "tied" }),
      text(side - 6, side / 2 - 6, "end", "latent 1", "tick"), text(side / 2 + 6, 14, "start", "latent 2", "tick"), handle);
    return rows.filter((row) => row.tied).length;
  }

  function draw_curve(width, height, B, read) {
    const left = 26, bottom = height - 34, x = (v) => left + (v / MOST) * (width - left - 16), y = (v) => bottom - (v / MOST) * (bottom - 14);
    const all = Array.from({ length: 33 }, (_, i) => (MOST * i) / 32), ticks = [0, 2, 4, 6, 8];
    const ceiling = Math.log(B);
    sized(curve, width, height);
    curve.replaceChildren(
      h("path", { d: `M${x(0)},${y(0)}H${x(MOST)}M${x(0)},${y(0)}V${y(MOST)}`, class: "axis" }),
      h("path", { d: `M${x(0)},${y(0)}L${x(MOST)},${y(MOST)}`, class: "truth" }),
      h("path", { d: `M${x(0)},${y(ceiling)}H${x(MOST)}`, class: "limit" }),
      h("path", { d: "M" + all.map((v) => `${x(v).toFixed(1)},${y(reading(v, B, 61)).toFixed(1)}`).join("L"), class: "read" }),
      h("path", { d: `M${x(state.tc).toFixed(1)},${y(state.tc).toFixed(1)}V${y(read).toFixed(1)}`, class: "missing" }),
      h("circle", { cx: x(state.tc).toFixed(1), cy: y(read).toFixed(1), r: 6, class: "here" }),
      ...ticks.flatMap((v) => [text(x(v), bottom + 15, "middle", String(v), "tick"), ...(v ? [text(left - 6, y(v) + 4, "end", String(v), "tick")] : [])]),
      text(x(MOST), bottom + 30, "end", "total correlation, nats", "tick"), text(x(0) + 6, 12, "start", "what is read", "tick"),
      text(x(MOST), y(ceiling) - 5, "end", `ceiling: log B`, "tick"), text(x(5.6), y(6.2), "end", "truth", "tick"));
  }

  function draw() {
    const B = 2 ** state.log2_batch, drawn = batch(state.tc, B, normals(2 * state.seed), random(2 * state.seed + 1));
    const W = Math.max(280, Math.min(720, el.clientWidth)), wide = W >= 560;
    side = wide ? 330 : Math.min(W, 360);
    scale = side / (2 * REACH);
    const read = reading(state.tc, B), tied = draw_plane(B, drawn);
    draw_curve(wide ? W - side - 16 : Math.min(W, 360), wide ? side : 260, B, read);
    const here = log_ratio([state.z1, state.z2], state.tc), said = seen(here, B);
    const words = `Total correlation ${signed(state.tc)} nats; the best classifier of batches of ${B} reads ${signed(read)}; none can read over ${signed(Math.log(B))}. ` +
      `At the place the log ratio is ${signed(here)}; it says ${signed(said)}. In this batch ${tied} of ${B} shuffled ${tied === 1 ? "rows is" : "rows are"} whole.`;
    told.textContent = words;
    Object.assign(el.dataset, { read, here, said, tied, batch: B });
    plane.setAttribute("aria-label", `The plane of two latents, shaded where codes are likelier than shuffled ones and where they are less likely, with a batch of codes and its shuffle. ` +
      `The place is (${signed(state.z1)}, ${signed(state.z2)}). ${words}`);
    say(words);
  }
  const draw_soon = once_a_frame(draw);
  for (const key of KEYS) model.on("change:" + key, () => { state[key] = model.get(key); controls[key]?.set(state[key]); draw_soon(); });

  let held = null;  // from the pointer to the place
  const spot = (event) => {
    const box = plane.getBoundingClientRect(), f = side / box.width;
    return [((event.clientX - box.left) * f - side / 2) / scale, (side / 2 - (event.clientY - box.top) * f) / scale];
  };
  plane.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".handle")) return;
    const [a, b] = spot(event);
    held = [state.z1 - a, state.z2 - b];
    plane.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  plane.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [a, b] = spot(event), kept = (v) => Math.max(-3, Math.min(3, Math.round(v * 20) / 20));
    put({ z1: kept(a + held[0]), z2: kept(b + held[1]) });
  });
  const drop = () => { held = null; };
  plane.addEventListener("pointerup", drop);
  plane.addEventListener("pointercancel", drop);
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
