// Six values of x, a bit y, a price: which values share a code, as the price moves.
// Tables are flat: code[x * Z + z] is q(z|x); p_x[x] is p(x), p_y[x] is p(y = 1 | x). Nats throughout.

// p_z[z] is q(z), p_y_z[z] is p(y = 1 | z); zero where a code is not used.
function margins(p_x, p_y, code) {
  const Z = code.length / p_x.length, p_z = new Float64Array(Z), p_y_z = new Float64Array(Z);
  for (let x = 0, k = 0; x < p_x.length; x++) for (let z = 0; z < Z; z++, k++) {
    p_z[z] += p_x[x] * code[k];
    p_y_z[z] += p_x[x] * code[k] * p_y[x];
  }
  for (let z = 0; z < Z; z++) p_y_z[z] = p_z[z] > 0 ? Math.min(1, p_y_z[z] / p_z[z]) : 0;
  return { p_z, p_y_z };
}

const xlogy = (x, y) => (x === 0 ? 0 : x * Math.log(y));

// One step of Blahut-Arimoto: q(z) exp(-KL(p(y|x) || p(y|z)) / beta), normalised over z. What depends on x alone
// falls out of the KL, so the cross-entropy stands for it.
export function step(p_x, p_y, code, beta) {
  const { p_z, p_y_z } = margins(p_x, p_y, code), Z = p_z.length, next = new Float64Array(code.length);
  for (let x = 0; x < p_x.length; x++) {
    let most = -Infinity, sum = 0;
    for (let z = 0; z < Z; z++) {
      const score = p_z[z] > 0 ? Math.log(p_z[z]) + (xlogy(p_y[x], p_y_z[z]) + xlogy(1 - p_y[x], 1 - p_y_z[z])) / beta : -Infinity;
      next[x * Z + z] = score;
      most = Math.max(most, score);
    }
    for (let z = 0; z < Z; z++) sum += next[x * Z + z] = Math.exp(next[x * Z + z] - most);
    for (let z = 0; z < Z; z++) next[x * Z + z] /= sum;
  }
  return next;
}

// I(x; z), what the code costs, and I(z; y), what it keeps.
export function informations(p_x, p_y, code) {
  const { p_z, p_y_z } = margins(p_x, p_y, code), Z = p_z.length;
  const p = p_x.reduce((sum, weight, x) => sum + weight * p_y[x], 0);
  let rate = 0, kept = 0;
  for (let x = 0; x < p_x.length; x++) for (let z = 0; z < Z; z++) rate += p_x[x] * xlogy(code[x * Z + z], code[x * Z + z] / p_z[z]);
  for (let z = 0; z < Z; z++) kept += p_z[z] * (xlogy(p_y_z[z], p_y_z[z] / p) + xlogy(1 - p_y_z[z], (1 - p_y_z[z]) / (1 - p)));
  return { rate, kept };
}

// Steps until no entry moves any more, or until `most` of them.
export function settle(p_x, p_y, code, beta, most, tolerance = 1e-13) {
  for (let n = 0; n < most; n++) {
    const next = step(p_x, p_y, code, beta);
    let moved = 0;
    for (let k = 0; k < code.length; k++) moved = Math.max(moved, Math.abs(next[k] - code[k]));
    code = next;
    if (moved < tolerance) break;
  }
  return { beta, code, ...informations(p_x, p_y, code) };
}

const price = (point) => point.beta * point.rate - point.kept;  // the Lagrangian, to be minimised
const cheaper = (one, other) => (price(one) <= price(other) + 1e-12 ? one : other);

export function own_codes(n) {
  return Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
}

// The best code found at each price (prices rise): upwards from a code for every x, whose codes merge; then downwards,
// each from the one above with a trace of a code for every x, so that it may split. The better of the two is kept.
export function path(p_x, p_y, betas, most) {
  const own = own_codes(p_x.length), up = [];
  let code = own;
  for (const beta of betas) { up.push(settle(p_x, p_y, code, beta, most, 1e-9)); code = up.at(-1).code; }
  for (let i = betas.length - 2; i >= 0; i--) {
    const mixed = up[i + 1].code.map((v, k) => 0.99 * v + 0.01 * own[k]);
    up[i] = cheaper(up[i], settle(p_x, p_y, mixed, betas[i], most, 1e-9));
  }
  return up;
}

// The best code at one price: from its neighbours on the path, until nothing moves.
export function best(p_x, p_y, beta, points, most) {
  const above = points.findIndex((point) => point.beta >= beta), last = points.length - 1;
  const near = above < 0 ? [last] : [Math.max(0, above - 1), above];
  const own = own_codes(p_x.length);
  const starts = near.flatMap((i) => [points[i].code, points[i].code.map((v, k) => 0.99 * v + 0.01 * own[k])]);
  return starts.map((code) => settle(p_x, p_y, code, beta, most)).reduce(cheaper);
}

// Above this price no faint code pays: the squared maximal correlation, for a bit the variance that x explains of y
// over the variance of y. A rare and clear code may pay above it too.
export function faint_pays_below(p_x, p_y) {
  const mean = p_x.reduce((sum, weight, x) => sum + weight * p_y[x], 0);
  const explained = p_x.reduce((sum, weight, x) => sum + weight * (p_y[x] - mean) ** 2, 0);
  return explained / (mean * (1 - mean));
}

// Codes that say the same of y are one code. [{ p_y, weight, members }], members[x] the share of x that it gets.
export function groups(p_x, p_y, code, apart = 1e-3) {
  const { p_z, p_y_z } = margins(p_x, p_y, code), Z = p_z.length, found = [];
  for (const z of [...p_z.keys()].filter((k) => p_z[k] > 1e-6).sort((a, b) => p_y_z[a] - p_y_z[b])) {
    const last = found.at(-1);
    const into = last && p_y_z[z] - last.highest < apart ? last : (found.push({ weight: 0, sum: 0, members: p_x.map(() => 0) }), found.at(-1));
    into.highest = p_y_z[z];
    into.weight += p_z[z];
    into.sum += p_z[z] * p_y_z[z];
    into.members = into.members.map((v, x) => v + code[x * Z + z]);
  }
  return found.map(({ weight, sum, members }) => ({ p_y: sum / weight, weight, members }));
}

const LOWEST = -3, PRICES = Array.from({ length: 91 }, (_, i) => 10 ** (LOWEST + (i * -LOWEST) / 90));
const CHANCE = { min: 0.01, max: 0.99, step: 0.01 }, DRAFT = 60, FINE = 600, EXACT = 20000, REST = 120, APART = 0.2;
const PRESETS = { "three pairs": [0.04, 0.12, 0.45, 0.55, 0.88, 0.96], "evenly spread": [0.05, 0.23, 0.41, 0.59, 0.77, 0.95],
  "one odd one out": [0.3, 0.3, 0.3, 0.3, 0.3, 0.97] };
const nats = (v) => Math.max(0, v).toFixed(3) + " nats";
const short = (v) => (v < 0.0995 ? v.toPrecision(2) : v.toFixed(2));

export function render({ model, el }) {
  const p_y = [...model.get("p_y")], p_x = p_y.map(() => 1 / p_y.length), n = p_y.length;
  let beta = model.get("beta"), points = [], now = null;

  const send = (key, value) => { model.set(key, value); model.save_changes(); };
  const move_beta = (v) => { beta = v; send("beta", beta); draw_soon(); };
  const move_y = (x, v) => { p_y[x] = v; points = []; send("p_y", [...p_y]); draw_soon(); };
  const dial = slider({ label: "price beta", min: LOWEST, max: 0, step: 0.01, value: Math.log10(beta),
    show: (v) => short(10 ** v), change: (v) => move_beta(10 ** v) });
  const chances = p_y.map((v, x) => slider({ label: `p(y=1) at x = ${x + 1}`, ...CHANCE, value: v, change: (to) => move_y(x, to) }));
  const put_y = (values) => { values.forEach((v, x) => { p_y[x] = v; chances[x].set(v); }); points = []; send("p_y", [...p_y]); draw_soon(); };
  const put_beta = (v) => { dial.set(Math.log10(v)); move_beta(v); };

  const tree = h("svg", { role: "img", class: "tree" }), plane = h("svg", { role: "img", class: "plane" });
  const cost = h("span", { class: "number" }), kept = h("span", { class: "number" }), codes = h("span", { class: "number" });
  const buttons = h("div", { class: "buttons", role: "group", "aria-label": "Six values of x" }, h("span", {}, "Six values of x:"),
    ...Object.entries(PRESETS).map(([name, values]) => h("button", { type: "button", onclick: () => put_y(values) }, name)));
  const { element: status, say } = announcer();
  el.classList.add("live", "live-bottleneck");
  el.append(h("div", { class: "pictures" }, tree, plane), dial.element,
    h("p", { class: "readings" }, h("span", {}, "codes: "), codes, h("span", {}, "I(x; z) = "), cost, h("span", {}, "I(z; y) = "), kept),
    h("div", { class: "sliders" }, ...chances.map((c) => c.element)), buttons, status);

  const text = (x, y, anchor, words, c = "") => h("text", { x, y, "text-anchor": anchor, class: c }, words);
  const size = (svg, W, H, ...children) => {
    svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
    svg.setAttribute("width", W);
    svg.setAttribute("height", H);
    svg.replaceChildren(...children);
  };

  // Every code's p(y = 1 | z) against the price: branches that part as the price falls, down to the values of x.
  const TOP = 30, DEEP = 240;
  let at = null, depth = null;
  function draw_tree(W, found) {
    const left = 52, right = W - 16;
    at = (p) => left + p * (right - left);
    at.back = (pixel) => (pixel - left) / (right - left);
    depth = (b) => TOP + (DEEP * Math.log10(b)) / LOWEST;
    let branches = "";
    points.forEach((point, i) => {
      if (i === 0) return;
      const one = groups(p_x, p_y, points[i - 1].code), other = groups(p_x, p_y, point.code);
      for (const from of one) {  // a code belongs to the one above that took most of its members, unless it is new
        const shared = other.map((to) => to.members.reduce((sum, v, x) => sum + Math.min(v, from.members[x]), 0));
        const to = other[shared.indexOf(Math.max(...shared))];
        if (Math.abs(from.p_y - to.p_y) < APART) branches += `M${at(from.p_y).toFixed(1)},${depth(points[i - 1].beta).toFixed(1)}L${at(to.p_y).toFixed(1)},${depth(point.beta).toFixed(1)}`;
      }
    });
    const faint = faint_pays_below(p_x, p_y), y = depth(beta), bottom = TOP + DEEP;
    const rows = [];  // values of x that lie on one another stand below one another
    p_y.forEach((p, x) => { rows.push(p_y.slice(0, x).filter((other) => Math.abs(other - p) < 22 / (right - left)).length); });
    const low = bottom + 23 * Math.max(...rows);
    size(tree, W, low + 62,
      ...[1, 0.1, 0.01, 0.001].flatMap((b) => [h("line", { x1: left, x2: right, y1: depth(b), y2: depth(b), class: "grid" }), text(left - 6, depth(b) + 4, "end", String(b), "tick")]),
      text(left - 6, 14, "end", "beta", "tick"), text(right, 14, "end", "at the top one code for all", "tick"),
      ...(faint > 1e-3 ? [h("path", { d: `M${left},${depth(faint)}H${right}`, class: "faint" }), text(right, depth(faint) - 4, "end", `a faint code: ${short(faint)}`, "tick")] : []),
      h("path", { d: branches, class: "branch" }),
      h("path", { d: `M${left},${y}H${right}`, class: "now" }),
      ...found.map((g) => h("circle", { cx: at(g.p_y), cy: y, r: 4 + 9 * Math.sqrt(g.weight), class: "code" })),
      ...p_y.map((p, x) => h("g", { class: "value", "data-x": x }, h("circle", { cx: at(p), cy: bottom + 14 + 23 * rows[x], r: 11 }), text(at(p), bottom + 19 + 23 * rows[x], "middle", String(x + 1)))),
      ...[0, 0.5, 1].map((p) => text(at(p), low + 42, "middle", String(p), "tick")),
      text((left + right) / 2, low + 58, "middle", "p(y = 1), given z; below, given x", "tick"));
  }

  // What each code costs and keeps; nothing lies above the curve, and the price is its slope.
  function draw_plane(W) {
    const left = 46, right = W - 16, bottom = TOP + DEEP, all = settle(p_x, p_y, own_codes(n), 1e-9, 1);
    const most_x = Math.log(n) * 1.02, most_y = Math.max(0.02, all.kept * 1.25);
    const px = (v) => left + (v / most_x) * (right - left), py = (v) => bottom - (v / most_y) * DEEP;
    const curve = "M" + [...points].reverse().map((p) => `${px(p.rate).toFixed(1)},${py(p.kept).toFixed(1)}`).join("L");
    const shut = `M${px(0)},${py(0)}L${px(all.kept).toFixed(1)},${py(all.kept).toFixed(1)}H${right}V${TOP}H${left}Z`;
    const reach = 0.3 * most_x, ends = [Math.max(-reach, -now.rate, -now.kept / beta), Math.min(reach, (most_y - now.kept) / beta)];
    const slope = ends.map((d) => `${px(now.rate + d).toFixed(1)},${py(now.kept + beta * d).toFixed(1)}`);
    size(plane, W, bottom + 62,
      h("path", { d: shut, class: "shut" }), h("path", { d: `M${left},${TOP}V${bottom}H${right}`, class: "axis" }),
      h("path", { d: curve, class: "curve" }), h("path", { d: "M" + slope.join("L"), class: "slope" }),
      h("circle", { cx: px(now.rate), cy: py(now.kept), r: 6, class: "code" }),
      text(px(most_x) , TOP - 16, "end", "shaded: out of reach", "tick"),
      ...[0, 0.5, 1, 1.5].filter((v) => v < most_x).map((v) => text(px(v), bottom + 18, "middle", String(v), "tick")),
      ...[0, all.kept / 2, all.kept].map((v) => text(left - 5, py(v) + 4, "end", v.toFixed(2), "tick")),
      text((left + right) / 2, bottom + 42, "middle", "I(x; z), nats: what the code costs", "tick"),
      text(left, 14, "start", "I(z; y): kept", "tick"));
  }

  // Each value of x with the code that it is most often given, and which values are split between several.
  const names = (found) => {
    const home = p_y.map((_, x) => found.reduce((best, g, i) => (g.members[x] > found[best].members[x] ? i : best), 0));
    const split = p_y.map((_, x) => x).filter((x) => found[home[x]].members[x] < 0.9).map((x) => x + 1);
    const lists = found.map((_, i) => home.flatMap((to, x) => (to === i ? [x + 1] : [])).join(", ")).filter(Boolean);
    return lists.join("; ") + (split.length ? `. Split between codes: ${split.join(", ")}` : "");
  };

  let rest = 0;
  function draw(fine = false) {
    if (!points.length || fine) points = path(p_x, p_y, PRICES, fine ? FINE : DRAFT);
    now = best(p_x, p_y, beta, points, fine ? EXACT : FINE);
    const found = groups(p_x, p_y, now.code), room = Math.max(280, Math.min(720, el.clientWidth));
    const W = room >= 600 ? Math.floor((room - 16) / 2) : room;
    draw_tree(W, found);
    draw_plane(W);
    codes.textContent = String(found.length);
    cost.textContent = nats(now.rate);
    kept.textContent = nats(now.kept);
    Object.assign(el.dataset, { beta, rate: now.rate, kept: now.kept, codes: found.length, fine });
    const shared = found.length === 1 ? "all values of x share one code, which says nothing" :
      `${found.length} codes, for the values of x ${names(found)}`;
    const words = `At a price of ${short(beta)}: ${shared}. I(x; z) is ${nats(now.rate)}, I(z; y) ${nats(now.kept)}.`;
    tree.setAttribute("aria-label", `What each code says of y, as the price falls. A faint code pays below ${short(faint_pays_below(p_x, p_y))}. ${words}`);
    plane.setAttribute("aria-label", `The information plane. ${words}`);
    say(words);
    clearTimeout(rest);
    if (!fine) rest = setTimeout(() => draw(true), REST);  // a draft at once, the rest when nothing moves
  }
  const draw_soon = once_a_frame(draw);

  // A value of x is dragged sideways, the price anywhere else in the tree up and down.
  let grip = null;
  const follow = (event) => {
    const box = tree.getBoundingClientRect(), zoom = tree.viewBox.baseVal.width / box.width;
    if (grip === "beta") put_beta(10 ** Math.min(0, Math.max(LOWEST, (((event.clientY - box.top) * zoom - TOP) / DEEP) * LOWEST)));
    else {
      const raw = at.back((event.clientX - box.left) * zoom), to = Math.min(CHANCE.max, Math.max(CHANCE.min, Math.round(raw * 100) / 100));
      chances[grip].set(to);
      move_y(grip, to);
    }
  };
  tree.addEventListener("pointerdown", (event) => {
    const value = event.target.closest("[data-x]");
    grip = value ? +value.dataset.x : "beta";
    tree.setPointerCapture(event.pointerId);
    event.preventDefault();
    follow(event);
  });
  tree.addEventListener("pointermove", (event) => { if (grip !== null) follow(event); });
  for (const end of ["pointerup", "pointercancel"]) tree.addEventListener(end, () => { grip = null; });

  model.on("change:beta", () => { beta = model.get("beta"); dial.set(Math.log10(beta)); draw_soon(); });
  model.on("change:p_y", () => { model.get("p_y").forEach((v, x) => { p_y[x] = v; chances[x].set(v); }); points = []; draw_soon(); });
  new ResizeObserver(() => draw_soon()).observe(el);
  draw();
}
export default { render };
