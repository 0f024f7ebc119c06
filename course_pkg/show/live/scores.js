// Two factors in two latents, to turn, pack, duplicate, scramble and drop; and what five metrics say to it.

const SIZE = 4, COPIES = 16, JITTER = 0.1, ORDER = [2, 0, 3, 1];

// The factors of all images, [[a, b], ...]: every combination, each as often.
export function grid() {
  return Array.from({ length: SIZE * SIZE * COPIES }, (_, i) => [Math.floor(i / (SIZE * COPIES)), Math.floor(i / COPIES) % SIZE]);
}

// The codes of all images: what is done to them is done in this order.
export function encode(factors, { turn, packed, twice, scrambled, dropped }) {
  let seed = 1;  // a small generator of its own, so that the figure is the same everywhere
  const noise = () => { seed = (seed * 16807) % 2147483647; return JITTER * (2 * (seed / 2147483647) - 1); };
  const c = Math.cos((turn * Math.PI) / 180), s = Math.sin((turn * Math.PI) / 180), middle = (SIZE - 1) / 2;
  return factors.map((f) => {
    const [a, b] = f.map((v) => (scrambled ? ORDER[v] : v) - middle), spread = [noise(), noise()];
    let z = [c * a - s * b, s * a + c * b];
    if (packed) z = [z[0] + SIZE * z[1]];
    z = z.slice(0, dropped ? 1 : 2).map((v, j) => v + spread[j]);
    return twice ? [...z, ...z] : z;
  });
}

const mean = (a) => a.reduce((s, v) => s + v, 0) / a.length;
const variance = (a) => { const m = mean(a); return mean(a.map((v) => (v - m) ** 2)); };
const column = (table, j) => table.map((row) => row[j]);
const range = (n) => Array.from({ length: n }, (_, i) => i);
const total = (a) => a.reduce((s, v) => s + v, 0);
const alive = (codes) => range(codes[0].length).filter((j) => codes.some((row) => row[j] !== codes[0][j]));

// The share of factor k's votes that goes to each latent, in the limit of many images to a vote.
export function votes(codes, factors) {
  const live = alive(codes), whole = live.map((j) => variance(column(codes, j)));
  return range(factors[0].length).map((k) => {
    const out = new Array(codes[0].length).fill(0);
    for (const v of new Set(column(factors, k))) {
      const rows = codes.filter((_, i) => factors[i][k] === v), ratios = live.map((j, i) => variance(column(rows, j)) / whole[i]);
      out[live[ratios.indexOf(Math.min(...ratios))]] += rows.length / codes.length;
    }
    return out;
  });
}

function entropy(keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return -total([...counts.values()].map((n) => (n / keys.length) * Math.log(n / keys.length)));
}

// I(f_k; z_j) over H(f_k), with bins of equal width, for the latents that are not constant.
export function shares(codes, factors, bins = 20) {
  const cells = alive(codes).map((j) => {
    const z = column(codes, j), low = Math.min(...z), width = Math.max(...z) - low;
    return z.map((v) => Math.min(bins - 1, Math.floor(((v - low) / width) * bins)));
  });
  return range(factors[0].length).map((k) => {
    const f = column(factors, k), open = entropy(f);
    return cells.map((z) => Math.max(0, open + entropy(z) - entropy(z.map((v, i) => v * 1000 + f[i]))) / open);
  });
}

export function squared_correlations(codes, factors) {
  return range(factors[0].length).map((k) => range(codes[0].length).map((j) => {
    const f = column(factors, k), z = column(codes, j), mf = mean(f), mz = mean(z), norm = variance(f) * variance(z);
    return norm > 0 ? mean(f.map((v, i) => (v - mf) * (z[i] - mz))) ** 2 / norm : 0;
  }));
}

const gap = (table) => mean(table.map((row) => { const [best, second = 0] = [...row].sort((a, b) => b - a); return best - second; }));
const transposed = (table) => range(table[0]?.length ?? 0).map((j) => column(table, j));

// The largest share of each row, averaged, so that equal shares are 0 and one alone is 1.
function largest(rows) {
  const said = rows.filter((row) => total(row) > 1e-12), n = rows[0]?.length ?? 0;
  if (!said.length || !n) return 0;
  return n === 1 ? 1 : (mean(said.map((row) => Math.max(...row) / total(row))) - 1 / n) / (1 - 1 / n);
}

export function scores(codes, factors) {
  const won = votes(codes, factors), said = shares(codes, factors);
  const speaking = transposed(transposed(said).filter((row) => total(row) > 1e-12));
  return {
    "Kim-Mnih": total(transposed(won).map((row) => Math.max(...row))) / won.length,
    MIG: gap(said), SAP: gap(squared_correlations(codes, factors)),
    InfoM: largest(transposed(speaking)), InfoC: speaking.length ? largest(said) : 0,
  };
}

const KEYS = ["packed", "twice", "scrambled", "dropped"];
const NAMES = { packed: "pack both into one", twice: "every latent twice", scrambled: "scramble the settings", dropped: "drop the second latent" };
const HEARS = { "Kim-Mnih": "modularity", MIG: "compactness", SAP: "straight lines", InfoM: "modularity", InfoC: "compactness" };

export function render({ model, el }) {
  const factors = grid(), state = Object.fromEntries(["turn", ...KEYS].map((key) => [key, model.get(key)]));
  const put = (values) => {
    for (const [key, value] of Object.entries(values)) { state[key] = value; model.set(key, value); }
    if ("turn" in values) dial.set(state.turn);
    model.save_changes();
    draw_soon();
  };
  const dial = slider({ label: "turn", min: 0, max: 90, step: 1, value: state.turn, show: (v) => `${v}\u00b0`,
    change: (turn) => put({ turn }) });
  const button = (text, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, text);
  const toggles = Object.fromEntries(KEYS.map((key) => [key, button(NAMES[key], () => put({ [key]: !state[key] }), { "aria-pressed": "false" })]));
  const back = button("as it was", () => put({ turn: 0, ...Object.fromEntries(KEYS.map((key) => [key, false])) }));
  const buttons = h("div", { class: "buttons", role: "group", "aria-label": "What to do to the codes" }, ...Object.values(toggles), back);
  const picture = h("svg", { role: "img" }), { element: status, say } = announcer();
  el.classList.add("live", "live-scores");
  el.append(picture, h("div", { class: "sliders" }, dial.element), buttons, status);

  function draw() {
    const codes = encode(factors, state), found = scores(codes, factors);
    const W = Math.max(280, Math.min(720, el.clientWidth)), wide = W >= 560, side = wide ? 300 : W - 20;
    const first = wide ? side + 30 : 10, top = wide ? 24 : side + 30, long = (wide ? W - first : W - 20) - 60, pace = 50;
    const H = Math.max(side + 8, top + 5 * pace + 4), reach = Math.max(...codes.flat().map(Math.abs)) * 1.12;
    const at = (v, low = 4) => low + side / 2 + (v / reach) * (side / 2 - 6), flat = codes[0].length === 1 || state.packed;
    const place = (z) => [at(z[0]), at(flat || state.dropped ? 0 : -z[1])];
    const text = (x, y, anchor, words, c = "") => h("text", { x, y, "text-anchor": anchor, class: c }, words);
    const dots = codes.map((z) => { const [cx, cy] = place(z); return h("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 2.2, class: "dot" }); });
    const names = range(SIZE * SIZE).map((i) => {  // a letter for the first factor, a digit for the second
      const some = codes.slice(i * COPIES, (i + 1) * COPIES), [x, y] = place([mean(column(some, 0)), mean(column(some, Math.min(1, some[0].length - 1)))]);
      return text(x.toFixed(1), (y - (flat || state.dropped ? 12 + 14 * (i % 2 ? 1 : 0) + 28 * (Math.floor(i / SIZE) % 2) : 0) + 5).toFixed(1), "middle", "abcd"[Math.floor(i / SIZE)] + (1 + (i % SIZE)), "name");
    });
    const bars = Object.entries(found).flatMap(([name, value], i) => {
      const y = top + i * pace, width = Math.max(0, Math.min(1, value)) * long;
      return [text(first, y, "start", name), text(first + long, y, "end", HEARS[name], "tick"),
        h("path", { d: `M${first},${y + 8}h${long}v14h${-long}Z`, class: "frame" }), h("path", { d: `M${first},${y + 8}h${width}v14h${-width}Z`, class: "bar" }),
        text(first + long + 8, y + 20, "start", value.toFixed(2))];
    });
    picture.setAttribute("viewBox", `0 0 ${W} ${H}`);
    picture.setAttribute("width", W);
    picture.setAttribute("height", H);
    picture.replaceChildren(h("line", { x1: 4, x2: side + 4, y1: at(0), y2: at(0), class: "axis" }),
      ...(flat || state.dropped ? [] : [h("line", { x1: at(0), x2: at(0), y1: 4, y2: side + 4, class: "axis" })]), ...dots, ...names, ...bars);
    for (const key of KEYS) toggles[key].setAttribute("aria-pressed", String(state[key]));
    const done = KEYS.filter((key) => state[key]).map((key) => NAMES[key]);
    const words = `Turned by ${state.turn} degrees${done.length ? ", " + done.join(", ") : ""}. ` +
      Object.entries(found).map(([name, value]) => `${name} ${value.toFixed(2)}`).join(", ") + ".";
    Object.assign(el.dataset, { turn: state.turn, scores: JSON.stringify(found) });
    picture.setAttribute("aria-label", "The codes of 256 images, named by a letter and a digit for their two factors, and a bar for each of five scores. " + words);
    say(words);
  }
  const draw_soon = once_a_frame(draw);
  for (const key of ["turn", ...KEYS]) model.on("change:" + key, () => {
    state[key] = model.get(key);
    if (key === "turn") dial.set(state.turn);
    draw_soon();
  });
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
