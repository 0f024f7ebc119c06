// Codes of a Gaussian world whose parts are known, and what a batch of them reads those parts to be.
// Each of d latents says `nats` of its image; q(z) has variance 1 in each, and the means of any two correlate by rho.

export const IMAGES = 737280;  // of dSprites: the smallest weight that one image can have is one over it

// What is true: information, total correlation, its dual, and what pairs of latents share, summed over pairs.
export function truth({ latents: d, nats, rho }) {
  const r = rho * (1 - Math.exp(-2 * nats));  // correlation of the codes
  const log_det = (n) => (n - 1) * Math.log(1 - r) + Math.log(1 + (n - 1) * r);
  const tc = -0.5 * log_det(d);
  return {
    singles: d * nats, information: d * nats - tc, tc, dual: 0.5 * (d * log_det(d - 1) - (d - 1) * log_det(d)),
    pairs: -0.25 * d * (d - 1) * Math.log(1 - r * r),
  };
}

// The means of B images, row by row, and a code of each of the first `codes` of them.
export function drawn({ latents: d, nats, rho }, B, codes, next) {
  const sigma = Math.exp(-nats), width = Math.sqrt(1 - sigma ** 2);
  const mu = new Float64Array(B * d), z = new Float64Array(codes * d);
  for (let i = 0; i < B; i++) {
    const shared = Math.sqrt(rho) * next();
    for (let j = 0; j < d; j++) {
      mu[i * d + j] = width * (shared + Math.sqrt(1 - rho) * next());
      if (i < codes) z[i * d + j] = mu[i * d + j] + sigma * next();
    }
  }
  return { mu, z };
}

// What each code's batch reads, summed over codes: of the whole code, and of its latents one by one. Code i is of image i.
export function read(z, mu, d, sigma, own) {
  const B = mu.length / d, codes = z.length / d, share = (1 - own) / (B - 1), single = new Float64Array(d);
  let information = 0, singles = 0, largest = -Infinity;
  for (let i = 0; i < codes; i++) {
    let whole = 0;  // the others' densities over that of the code's own image
    single.fill(0);
    for (let k = 0; k < B; k++) {
      if (k === i) continue;
      let sum = 0;
      for (let j = 0; j < d; j++) {
        const a = (z[i * d + j] - mu[i * d + j]) / sigma, b = (z[i * d + j] - mu[k * d + j]) / sigma, log = 0.5 * (a * a - b * b);
        sum += log;
        single[j] += Math.exp(log);
      }
      whole += Math.exp(sum);
    }
    const said = -Math.log(own + share * whole);
    information += said;
    largest = Math.max(largest, said);
    for (const value of single) singles -= Math.log(own + share * value);
  }
  return { information: information / codes, singles: singles / codes, tc: (singles - information) / codes, largest };
}

// The mean over a few batches, so that some 256 codes are read where batches are small.
export function readings(world, B, own, seed) {
  const next = normals(seed), batches = Math.max(1, Math.round(256 / B)), codes = Math.min(B, 128);
  const all = Array.from({ length: batches }, () => {
    const { mu, z } = drawn(world, B, codes, next);
    return read(z, mu, world.latents, Math.exp(-world.nats), own);
  });
  const mean = (key) => all.reduce((sum, one) => sum + one[key], 0) / batches;
  return { information: mean("information"), singles: mean("singles"), tc: mean("tc"), largest: Math.max(...all.map((one) => one.largest)) };
}

const KEYS = ["latents", "nats", "rho", "log2_batch", "log10_own", "seed"];
const nats_of = (v) => v.toFixed(2).replace("-", "\u2212");
const signed = (v) => (Math.abs(v) < 0.005 ? "0.00" : (v > 0 ? "+" : "") + nats_of(v));
const whole = (v) => Math.round(v).toLocaleString("en");
const size = (v) => (v < 1e6 ? whole(v) : v < 1e9 ? `${whole(v / 1e6)} million` : "over a billion");

export function render({ model, el }) {
  const state = Object.fromEntries(KEYS.map((key) => [key, model.get(key)]));
  const change = (key) => (value) => { state[key] = value; model.set(key, value); model.save_changes(); draw_soon(); };
  const control = (key, label, min, max, step, show) => slider({ label, min, max, step, value: state[key], show, change: change(key) });
  const controls = {
    latents: control("latents", "latents", 2, 10, 1, String),
    nats: control("nats", "nats a latent", 0.2, 4, 0.1, (v) => v.toFixed(1)),
    rho: control("rho", "correlation of means", 0, 0.99, 0.01, (v) => v.toFixed(2)),
    log2_batch: control("log2_batch", "batch B", 2, 12, 1, (v) => whole(2 ** v)),
    log10_own: control("log10_own", "own image's weight w", -5.87, 0, 0.01, (v) => (v > -0.005 ? "1" : `1/${whole(10 ** -v)}`)),
  };
  const put = (values) => { for (const [key, v] of Object.entries(values)) { controls[key]?.set(v); change(key)(v); } };
  const button = (words, values) => h("button", { type: "button", onclick: () => put(values()) }, words);
  const stratified = -Math.log10(IMAGES), buttons = h("div", { class: "buttons" },
    button("like the log", () => ({ latents: 4, nats: 2.2, rho: 0.27, log2_batch: 6, log10_own: stratified })),
    button("independent", () => ({ rho: 0 })), button("copies of one", () => ({ rho: 0.99 })),
    button("weight 1/N", () => ({ log10_own: stratified })), button("weight 1/B", () => ({ log10_own: -state.log2_batch * Math.log10(2) })),
    button("other images", () => ({ seed: state.seed + 1 })));
  const picture = h("svg", { role: "img" }), reading = h("p", { class: "reading" }), { element: status, say } = announcer();
  el.classList.add("live", "live-batch");
  el.append(picture, h("div", { class: "sliders" }, ...Object.values(controls).map((c) => c.element)), buttons, reading, status);

  function draw() {
    const B = 2 ** state.log2_batch, own = 10 ** state.log10_own, ceiling = -Math.log(own);
    const is = truth(state), said = readings(state, B, own, state.seed);
    const W = Math.max(280, Math.min(720, el.clientWidth)), left = 8, right = W - 14, H = 214;
    const most = 1.04 * Math.max(is.singles, said.singles, said.information, Math.log(B), Math.min(ceiling, 1.5 * is.singles), 1);
    const at = (v) => left + (Math.max(0, Math.min(v, most)) / most) * (right - left);
    const text = (x, y, anchor, words, c = "") => h("text", { x: x.toFixed(1), y, "text-anchor": anchor, class: c }, words);
    const bar = (from, to, y, c) => h("path", { d: `M${at(from).toFixed(1)},${y}H${at(to).toFixed(1)}v13H${at(from).toFixed(1)}Z`, class: c });
    // One row of a kind: the information, and below it from there to what the latents say one by one: the total correlation.
    const group = (name, y, v) => {
      const words = `TC ${signed(v.tc)}`, end = Math.max(at(v.information), at(v.singles)), fits = end + 84 < right;
      return [text(left, y, "start", `${name}: information ${nats_of(v.information)}, one by one ${nats_of(v.singles)}`),
        bar(0, v.information, y + 7, "information"), bar(v.information, v.singles, y + 24, "tc"),
        h("path", { d: `M${at(v.information).toFixed(1)},${y + 7}v33M${at(v.singles).toFixed(1)},${y + 22}v18`, class: "edge" }),
        text(fits ? end + 6 : Math.min(at(v.information), at(v.singles)) - 6, y + 36, fits ? "start" : "end", words, "sum")];
    };
    const line = (v, words, y) => (v > most ? [] : [
      h("path", { d: [37, 115].map((top) => `M${at(v).toFixed(1)},${top}v38`).join("") + `M${at(v).toFixed(1)},${H - 46}V${y - 12}`, class: "limit" }),
      text(Math.min(Math.max(at(v), left + 24), right - 24), y, "middle", words, "tick")]);
    picture.setAttribute("viewBox", `0 0 ${W} ${H}`);
    picture.setAttribute("width", W);
    picture.setAttribute("height", H);
    const close = Math.abs(at(ceiling) - at(Math.log(B))) < 90;
    picture.replaceChildren(...group("truth", 32, is), ...group("read", 110, said),
      ...line(ceiling, "log 1/w", H - 20), ...line(Math.log(B), "log B", close ? H - 5 : H - 20));
    const enough = B >= Math.exp(is.information);
    const words = `In truth TC is ${nats_of(is.tc)} nats, its dual ${nats_of(is.dual)}, the sum over pairs ${nats_of(is.pairs)}. ` +
      `The batch reads ${signed(said.tc)}. It holds ${whole(B)} images; to tell ${nats_of(is.information)} nats it takes about ` +
      `${size(Math.exp(is.information))}${enough ? ": enough" : ""}.`;
    reading.textContent = words;
    Object.assign(el.dataset, { truth: JSON.stringify(is), read: JSON.stringify(said), seed: state.seed });
    picture.setAttribute("aria-label", `Two bars of information, as it is, ${nats_of(is.information)} nats, and as a batch reads it, ` +
      `${nats_of(said.information)}; from the end of each to what the latents say one by one, the total correlation. ${words}`);
    say(words);
  }
  const draw_soon = once_a_frame(draw);
  for (const key of KEYS) model.on("change:" + key, () => { state[key] = model.get(key); controls[key]?.set(state[key]); draw_soon(); });
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
