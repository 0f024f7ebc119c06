// Two factors, and a linear VAE whose latents are turned: what p(x), the objective, total correlation and votes say of it.
// The first factor has the variance `ratio`, the second 1; images move along two directions at right angles.

const NOISE = 0.01;  // variance of a pixel
const of = (a, b, c, d) => [[a, b], [c, d]];
const times = (A, B) => A.map((row) => [0, 1].map((j) => row[0] * B[0][j] + row[1] * B[1][j]));
const flipped = (A) => of(A[0][0], A[1][0], A[0][1], A[1][1]);
const det = (A) => A[0][0] * A[1][1] - A[0][1] * A[1][0];
const inverse = (A) => { const d = det(A); return of(A[1][1] / d, -A[0][1] / d, -A[1][0] / d, A[0][0] / d); };
const plus = (A, B) => A.map((row, i) => row.map((v, j) => v + B[i][j]));
const diagonal = (a, b) => of(a, 0, 0, b);
const turned = (radians) => of(Math.cos(radians), -Math.sin(radians), Math.sin(radians), Math.cos(radians));

// The total correlation of a Gaussian pair.
const dependence = (S) => 0.5 * Math.log((S[0][0] * S[1][1]) / det(S));

export const covariance = (rho, ratio) => of(ratio, rho * Math.sqrt(ratio), rho * Math.sqrt(ratio), 1);

// The angle, in radians, of the first principal axis from the first factor; and the variances along both axes.
export function axes(C) {
  const angle = 0.5 * Math.atan2(2 * C[0][1], C[0][0] - C[1][1]), L = times(times(flipped(turned(angle)), C), turned(angle));
  return { angle, values: [L[0][0], L[1][1]] };
}

// What is said of latents whose axes are turned by so many degrees from the factors'.
export function read({ turn, rho, ratio, beta }) {
  const C = covariance(rho, ratio), { angle, values } = axes(C), t = (turn * Math.PI) / 180;
  const lengths = values.map((v) => Math.sqrt(v - beta * NOISE));
  const W = times(times(turned(angle), diagonal(...lengths)), turned(t - angle));  // the best decoder, turned
  const P = plus(times(W, flipped(W)), diagonal(NOISE, NOISE));  // covariance of p(x)
  const fit = times(inverse(P), C);
  const evidence = -0.5 * (fit[0][0] + fit[1][1] + Math.log(det(P))) - Math.log(2 * Math.PI);
  const M = plus(diagonal(1, 1), times(flipped(W), W).map((row) => row.map((v) => v / (beta * NOISE))));
  const price = (beta / 2) * Math.log((M[0][0] * M[1][1]) / det(M));  // what independent latents miss
  const V = times(inverse(M), flipped(W)).map((row) => row.map((v) => v / (beta * NOISE)));
  const means = times(times(V, C), flipped(V));
  const tc = dependence(plus(means, diagonal(1 / M[0][0], 1 / M[1][1])));
  const cross = times(V, C);  // covariance of latent j with factor k
  const share = cross.map((row, j) => row.map((v, k) => v ** 2 / (means[j][j] * C[k][k])));
  const winner = [0, 1].map((k) => (share[0][k] >= share[1][k] ? 0 : 1));  // varies least while factor k is fixed
  return { "log p(x)": evidence, "the objective misses": price, "TC of the codes": tc, "Kim-Mnih": winner[0] === winner[1] ? 0.5 : 1 };
}

const SPAN = { "log p(x)": 1, "the objective misses": 0.25, "TC of the codes": 0.25, "Kim-Mnih": 0.5 };  // least height of a strip
const WHO = { "log p(x)": "prior", "the objective misses": "rate", "TC of the codes": "tc", "Kim-Mnih": "information" };
const minus = (text) => text.replace("-", "\u2212");

export function render({ model, el }) {
  const KEYS = ["turn", "rho", "ratio", "beta"];
  const state = Object.fromEntries(KEYS.map((key) => [key, model.get(key)]));
  const change = (key) => (value) => { state[key] = value; model.set(key, value); model.save_changes(); draw_soon(); };
  const control = (key, label, min, max, step, show) => slider({ label, min, max, step, value: state[key], show, change: change(key) });
  const controls = {
    turn: control("turn", "turn of the latents", 0, 90, 1, (v) => `${v}\u00b0`),
    ratio: control("ratio", "ratio of variances", 1, 4, 0.1, (v) => v.toFixed(1)),
    rho: control("rho", "correlation of the factors", 0, 0.9, 0.05, (v) => v.toFixed(2)),
    beta: control("beta", "beta", 1, 6, 0.5, (v) => v.toFixed(1)),
  };
  const put = (values) => { for (const [key, v] of Object.entries(values)) { controls[key].set(v); change(key)(v); } };
  const button = (words, values) => h("button", { type: "button", onclick: () => put(typeof values === "function" ? values() : values) }, words);
  const best = () => ({ turn: Math.round((axes(covariance(state.rho, state.ratio)).angle * 180) / Math.PI) });
  const buttons = h("div", { class: "buttons" }, button("turn to the best axes", best), button("turn to the factors", { turn: 0 }),
    button("equal variances", { ratio: 1, rho: 0 }), button("equal and correlated", { ratio: 1, rho: 0.3 }));
  const picture = h("svg", { role: "img" }), { element: status, say } = announcer();
  el.classList.add("live", "live-turn");
  el.append(picture, h("div", { class: "sliders" }, ...Object.values(controls).map((c) => c.element)), buttons, status);

  function draw() {
    const found = read(state), C = covariance(state.rho, state.ratio), { angle, values } = axes(C);
    const W = Math.max(280, Math.min(720, el.clientWidth)), wide = W >= 560, side = wide ? 280 : W - 20;
    const first = wide ? side + 30 : 10, top = wide ? 8 : side + 16, long = (wide ? W - first : W - 20) - 6, pace = 74, high = 34;
    const H = Math.max(side + 8, top + 4 * pace), unit = side / 2 / 4.4, middle = side / 2 + 4;
    const text = (x, y, anchor, words, c = "") => h("text", { x, y, "text-anchor": anchor, class: c }, words);
    const ray = (degrees, c, length = 4.1) => {
      const x = unit * length * Math.cos((degrees * Math.PI) / 180), y = unit * length * Math.sin((degrees * Math.PI) / 180);
      return h("line", { x1: (middle - x).toFixed(1), y1: (middle + y).toFixed(1), x2: (middle + x).toFixed(1), y2: (middle - y).toFixed(1), class: c });
    };
    const ring = (k) => "M" + Array.from({ length: 61 }, (_, i) => {
      const a = (i * Math.PI) / 30, u = k * Math.sqrt(values[0]) * Math.cos(a), v = k * Math.sqrt(values[1]) * Math.sin(a);
      const x = u * Math.cos(angle) - v * Math.sin(angle), y = u * Math.sin(angle) + v * Math.cos(angle);
      return `${(middle + unit * x).toFixed(1)},${(middle - unit * y).toFixed(1)}`;
    }).join("L") + "Z";
    const cloud = [h("path", { d: ring(2), class: "cloud" }), h("path", { d: ring(1), class: "cloud" }),
      ray(0, "factor"), ray(90, "factor"), ray(state.turn, "latent"), ray(state.turn + 90, "latent"),
      text(side + 2, middle - 6, "end", "factor 1"), text(middle + 6, 18, "start", "factor 2")];
    const strips = Object.entries(found).flatMap(([name, value], i) => {
      const all = Array.from({ length: 91 }, (_, turn) => read({ ...state, turn })[name]);
      const low = Math.min(...all), span = Math.max(SPAN[name], Math.max(...all) - low), y0 = top + i * pace + 20 + high;
      const at = (v) => (y0 - ((v - low) / span) * high).toFixed(1), across = (t) => (first + 4 + (t / 90) * (long - 8)).toFixed(1);
      return [text(first, top + i * pace + 12, "start", name), text(first + long, top + i * pace + 12, "end", minus(value.toFixed(3))),
        h("path", { d: "M" + all.map((v, t) => `${across(t)},${at(v)}`).join("L"), class: `curve ${WHO[name]}` }),
        h("circle", { cx: across(state.turn), cy: at(value), r: 5, class: `here ${WHO[name]}` })];
    });
    picture.setAttribute("viewBox", `0 0 ${W} ${H}`);
    picture.setAttribute("width", W);
    picture.setAttribute("height", H);
    picture.replaceChildren(...cloud, ...strips);
    const words = `Latents turned by ${state.turn} degrees. ` + Object.entries(found).map(([name, v]) => `${name} ${minus(v.toFixed(3))}`).join(", ") + ".";
    Object.assign(el.dataset, { turn: state.turn, read: JSON.stringify(found) });
    picture.setAttribute("aria-label", "The images' spread with the axes of two factors and of two latents, and four curves over the turn. " + words);
    say(words);
  }
  const draw_soon = once_a_frame(draw);
  for (const key of KEYS) model.on("change:" + key, () => { state[key] = model.get(key); controls[key].set(state[key]); draw_soon(); });
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
