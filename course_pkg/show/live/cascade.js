// A linear VAE whose latents have prices, trained from a dozen starts: all latents at once, or opened one after the other.
// Weights are W[pixel * d + latent]; the data's covariance is diagonal, so that its directions are the pixels.

export const CLOSED = 1000, RATE = 0.1, STEPS = 3000;  // a price at which nothing is said; the length of a step; how many

// The inverse of a symmetric 3 x 3 matrix [a b c; b d e; c e f], as the same six numbers.
function inverse([a, b, c, d, e, f]) {
  const A = d * f - e * e, B = c * e - b * f, C = b * e - c * d, det = a * A + b * B + c * C;
  return [A, B, C, a * f - c * c, b * c - a * e, a * d - b * b].map((v) => v / det);
}

// For a decoder of three latents: the best encoder V, the best variances, and the squared lengths of the columns.
export function encoder(W, prices, s2) {
  const n = W.length / 3, gram = (j, k) => { let sum = 0; for (let i = 0; i < n; i++) sum += W[3 * i + j] * W[3 * i + k]; return sum; };
  const size = [gram(0, 0), gram(1, 1), gram(2, 2)];
  const [a, b, c, d, e, f] = inverse([size[0] / s2 + prices[0], gram(0, 1) / s2, gram(0, 2) / s2, size[1] / s2 + prices[1], gram(1, 2) / s2, size[2] / s2 + prices[2]]);
  const V = new Float64Array(W.length);
  for (let i = 0; i < n; i++) {
    const x = W[3 * i] / s2, y = W[3 * i + 1] / s2, z = W[3 * i + 2] / s2;
    V[3 * i] = a * x + b * y + c * z;
    V[3 * i + 1] = b * x + d * y + e * z;
    V[3 * i + 2] = c * x + e * y + f * z;
  }
  return { V, variances: prices.map((price, j) => price / (price + size[j] / s2)), size };
}

// Distortion and priced rates, the encoder at its best. Nats.
export function loss(W, prices, eigenvalues, s2) {
  const { V, size } = encoder(W, prices, s2), n = eigenvalues.length;
  let left = 0;
  for (let i = 0; i < n; i++) left += eigenvalues[i] * (1 - W[3 * i] * V[3 * i] - W[3 * i + 1] * V[3 * i + 1] - W[3 * i + 2] * V[3 * i + 2]);
  const paid = prices.reduce((sum, price, j) => sum + (price / 2) * Math.log1p(size[j] / (price * s2)), 0);
  return (n / 2) * Math.log(2 * Math.PI * s2) + left / (2 * s2) + paid;
}

// One step down the slope of the loss, in place.
export function step(W, prices, eigenvalues, s2) {
  const { V, variances } = encoder(W, prices, s2), n = eigenvalues.length;
  const M = [variances[0], 0, 0, 0, variances[1], 0, 0, 0, variances[2]];  // second moments of the codes
  for (let i = 0; i < n; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 3; k++) M[3 * j + k] += eigenvalues[i] * V[3 * i + j] * V[3 * i + k];
  for (let i = 0; i < n; i++) {
    const x = W[3 * i], y = W[3 * i + 1], z = W[3 * i + 2];
    for (let k = 0; k < 3; k++) W[3 * i + k] = [x, y, z][k] - (RATE / s2) * (x * M[k] + y * M[3 + k] + z * M[6 + k] - eigenvalues[i] * V[3 * i + k]);
  }
}

// Prices while the first `opened` latents are open.
const while_open = (prices, opened) => prices.map((price, j) => (j < opened ? price : CLOSED));

// From a start, [W, loss] after every `every` steps. In turn: a third of the steps for each latent, and a nudge before it.
export function train(start, prices, eigenvalues, s2, nudges, in_turn, steps = STEPS, every = 20) {
  const W = Float64Array.from(start), found = [];
  let now = prices;
  for (let t = 0; t <= steps; t++) {
    if (in_turn && t % (steps / 3) === 0 && t < steps) {
      const stage = (3 * t) / steps;
      now = while_open(prices, stage + 1);
      nudges[stage].forEach((nudge, i) => { W[i] += nudge; });
    }
    if (t % every === 0) found.push([Float64Array.from(W), loss(W, now, eigenvalues, s2)]);
    if (t < steps) step(W, now, eigenvalues, s2);
  }
  return found;
}

export const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

// The loss of each order, order[j] the direction that latent j holds, at best.
export function order_losses(prices, eigenvalues, s2) {
  const cost = (l, price) => { const left = Math.min(l, price * s2); return left / (2 * s2) + (price / 2) * Math.log(l / left); };
  const rest = eigenvalues.slice(3).reduce((sum, l) => sum + l / (2 * s2), (eigenvalues.length / 2) * Math.log(2 * Math.PI * s2));
  return ORDERS.map((order) => order.reduce((sum, k, j) => sum + cost(eigenvalues[k], prices[j]), rest));
}

// Which direction each latent decodes to most.
const held_by = (W) => [0, 1, 2].map((j) => {
  const sizes = Array.from({ length: W.length / 3 }, (_, i) => Math.abs(W[3 * i + j]));
  return sizes.indexOf(Math.max(...sizes));
});

const KEYS = ["b1", "b2", "b3", "start", "step", "in_turn"], NEAR = 0.01;  // nats from the best that count as there
const MODES = [[false, "all at once"], [true, "one after the other"]];

export function render({ model, el }) {
  const starts = model.get("starts"), eigenvalues = model.get("eigenvalues"), s2 = model.get("variance"), nudges = model.get("nudges");
  const state = Object.fromEntries(KEYS.map((key) => [key, model.get(key)]));
  const change = (key) => (value) => { state[key] = value; model.set(key, value); model.save_changes(); draw_soon(); };
  const control = (key, label, min, max, stride, show = (v) => v.toFixed(2)) =>
    slider({ label, min, max, step: stride, value: state[key], show, change: change(key) });
  const controls = {
    b1: control("b1", "price of latent 1", 1, 3, 0.05), b2: control("b2", "price of latent 2", 1, 3, 0.05), b3: control("b3", "price of latent 3", 1, 3, 0.05),
    start: control("start", "start", 1, starts.length, 1, String), step: control("step", "step of training", 0, STEPS, 20, (v) => v.toLocaleString("en")),
  };
  const put = (values) => { for (const [key, v] of Object.entries(values)) { controls[key]?.set(v); change(key)(v); } };
  const button = (words, values) => h("button", { type: "button", onclick: () => put(values()) }, words);
  const prices = (b1, b2, b3) => () => ({ b1, b2, b3, step: STEPS });
  const toggle = button("one after the other", () => ({ in_turn: !state.in_turn }));
  const buttons = h("div", { class: "buttons" }, toggle, button("next start", () => ({ start: (state.start % starts.length) + 1, step: STEPS })),
    button("prices 1, 1.3, 1.6", prices(1, 1.3, 1.6)), button("equal prices", prices(1, 1, 1)), button("far apart", prices(1, 2, 3)), button("dearest first", prices(1.6, 1.3, 1)));
  const grid = h("svg", { role: "img", class: "held" }), chart = h("svg", { "aria-hidden": "true", class: "path" });
  const told = h("p", { class: "reading" }), { element: status, say } = announcer();
  el.classList.add("live", "live-cascade");
  el.append(h("div", { class: "pictures" }, grid, chart), h("div", { class: "sliders" }, ...Object.values(controls).map((c) => c.element)), buttons, told, status);

  let known = null;  // all paths at these prices
  function paths() {
    const now = [state.b1, state.b2, state.b3];
    if (known?.prices.join() !== now.join()) known = { prices: now, runs: MODES.map(([in_turn]) => starts.map((start) => train(start, now, eigenvalues, s2, nudges, in_turn))) };
    return known.runs;
  }

  const sized = (svg, width, height) => {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
  };
  const text = (x, y, anchor, words, c = "") => h("text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: c }, words);

  function draw_grid(W, width, opened) {
    const left = 96, cell = (width - left) / eigenvalues.length, high = Math.min(cell, 58), top = 40;
    sized(grid, width, top + 3 * high + 6);
    grid.replaceChildren(text(left, 14, "start", "variance of each direction", "tick"),
      ...eigenvalues.map((l, k) => text(left + (k + 0.5) * cell, 32, "middle", String(l), "tick")),
      ...[0, 1, 2].flatMap((j) => [
        text(0, top + (j + 0.5) * high - 2, "start", `latent ${j + 1}`), text(0, top + (j + 0.5) * high + 14, "start", j < opened ? `at ${state[`b${j + 1}`].toFixed(2)}` : "closed", "tick"),
        ...eigenvalues.flatMap((_, k) => {
          const at = { cx: (left + (k + 0.5) * cell).toFixed(1), cy: (top + (j + 0.5) * high).toFixed(1) }, most = 0.47 * high;
          return [h("circle", { ...at, r: most.toFixed(1), class: "room" }), h("circle", { ...at, r: (most * Math.min(1, Math.abs(W[3 * k + j]) / 2)).toFixed(2), class: "load" })];
        })]));
  }

  function draw_chart(width, height, runs, best, orders, counts) {
    const left = 44, right = width - 8, top = 18, bottom = height - 84, low = 1e-3, decades = 5;
    const x = (t) => left + (t / STEPS) * (right - left), y = (v) => bottom - (Math.log10(Math.max(v, low) / low) / decades) * (bottom - top);
    const line = (run) => "M" + run.map(([, value], i) => `${x((STEPS * i) / (run.length - 1)).toFixed(1)},${y(value - best).toFixed(1)}`).join("L");
    const mode = Number(state.in_turn), chosen = runs[mode][state.start - 1], here = chosen[state.step / 20][1] - best;
    sized(chart, width, height);
    const dots = MODES.flatMap(([, words], m) => {
      const y0 = bottom + 40 + 30 * m, from = right - 12 * 14;
      return [text(left - 36, y0 + 4, "start", words, m === mode ? "tick now" : "tick"),
        ...runs[m].map((run, i) => h("circle", { cx: (from + 14 * (i + 0.5)).toFixed(1), cy: y0, r: 5, class: run.at(-1)[1] - best < NEAR ? "end best" : "end" })),
        ...(m === mode ? [h("circle", { cx: (from + 14 * (state.start - 0.5)).toFixed(1), cy: y0, r: 8.5, class: "ring" })] : [])];
    });
    chart.replaceChildren(h("path", { d: `M${left},${top}V${bottom}H${right}`, class: "axis" }), text(left, 11, "start", "nats above the best order", "tick"),
      ...[10, 1, 0.1, 0.01].map((v) => text(left - 6, y(v) + 4, "end", String(v), "tick")),
      ...[...new Set(orders.map((v) => (v - best).toFixed(6)))].filter((v) => v > low).map((v) => h("path", { d: `M${left},${y(+v).toFixed(1)}H${right}`, class: "order" })),
      h("path", { d: line(runs[1 - mode][state.start - 1]), class: "other" }), h("path", { d: line(chosen), class: "chosen" }),
      h("circle", { cx: x(state.step).toFixed(1), cy: y(here).toFixed(1), r: 6, class: "here" }),
      text(left, bottom + 16, "start", "0", "tick"), text(right, bottom + 16, "end", `${STEPS.toLocaleString("en")} steps`, "tick"), ...dots);
  }

  function draw() {
    const runs = paths(), orders = order_losses(known.prices, eigenvalues, s2), best = Math.min(...orders), mode = Number(state.in_turn);
    const [W, value] = runs[mode][state.start - 1][state.step / 20], counts = runs.map((all) => all.filter((run) => run.at(-1)[1] - best < NEAR).length);
    const opened = state.in_turn ? Math.min(3, Math.floor((3 * state.step) / STEPS) + 1) : 3, held = held_by(W).slice(0, opened).map((k) => k + 1);
    const room = Math.max(280, Math.min(720, el.clientWidth)), wide = room >= 560;
    draw_grid(W, wide ? 330 : Math.min(room, 360), opened);
    draw_chart(wide ? room - 346 : Math.min(room, 360), 300, runs, best, orders, counts);
    toggle.setAttribute("aria-pressed", String(state.in_turn));
    const words = `Start ${state.start}, ${MODES[mode][1]}, after ${state.step.toLocaleString("en")} steps: ${Math.max(0, value - best).toFixed(3)} nats above the best order; ` +
      `open latents hold direction ${held.join(", ")}. Of ${starts.length} starts ${counts[0]} end at the best order if all are open at once, ${counts[1]} one after the other.`;
    told.textContent = words;
    Object.assign(el.dataset, { loss: value, best, held: held.join(), together: counts[0], turns: counts[1] });
    grid.setAttribute("aria-label", `Three latents and ${eigenvalues.length} directions; a disc is as large as the latent's weight on the direction. ${words}`);
    say(words);
  }
  const draw_soon = once_a_frame(draw);
  for (const key of KEYS) model.on("change:" + key, () => { state[key] = model.get(key); controls[key]?.set(state[key]); draw_soon(); });
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
