// Rate against distortion of a linear VAE: a slider for beta, the line that touches the curve, and each latent's rate.

// A latent for a direction of that variance is worth its price while the variance is above the level beta sigma^2.
export function latent_rate(eigenvalue, level) {
  return Math.max(0, 0.5 * Math.log(eigenvalue / level));
}

// The price at which the optimum has that rate: the rate falls as the price rises, so halve between two of them.
export function beta_for(eigenvalues, variance, rate) {
  let low = 1e-6, high = Math.max(...eigenvalues) / variance;
  for (let i = 0; i < 60; i++) {
    const middle = Math.sqrt(low * high);
    if (optimum(eigenvalues, variance, middle).rate > rate) low = middle; else high = middle;
  }
  return high;
}

// The optimum at a price: every rate, their sum, and the distortion that is left (its part that depends on the rates).
export function optimum(eigenvalues, variance, beta) {
  const rates = eigenvalues.map((v) => latent_rate(v, beta * variance));
  const left = eigenvalues.map((v, j) => (v * Math.exp(-2 * rates[j])) / (2 * variance));
  const sum = (a) => a.reduce((s, v) => s + v, 0);
  return { rates, rate: sum(rates), distortion: sum(left) };
}

const LATENTS = 36, GAP = 60;  // a bar's widest step, and what lies between the two pictures, in pixels
const price = (beta) => (beta < 10 ? beta.toFixed(2) : beta.toFixed(1));
const short = (v) => String(+v.toPrecision(3));
const nats = (v) => `${v.toFixed(2)} nats`;

export function render({ model, el }) {
  const eigenvalues = [...model.get("eigenvalues")].sort((a, b) => b - a), variance = model.get("variance");
  const sweep = model.get("sweep"), critical = eigenvalues.map((v) => v / variance);
  const at = (beta) => optimum(eigenvalues, variance, beta);
  const least = Math.min(0.5, critical.at(-1) / 2), most = critical[0] * 1.25, whole = at(most).distortion, full = at(least).rate;
  let beta = model.get("beta");

  const log2 = Math.log2;
  const dial = slider({ label: "beta", min: log2(least).toFixed(2), max: log2(most).toFixed(2), step: 0.01, value: log2(beta),
    show: (v) => price(2 ** v), change: (v) => put(2 ** v, false) });
  function put(value, move = true) {
    beta = Math.min(most, Math.max(least, value));
    if (move) dial.set(log2(beta));
    model.set("beta", beta);
    model.save_changes();
    draw_soon();
  }
  const button = (text, onclick) => h("button", { type: "button", onclick }, text);
  const next = (list, up) => (up ? Math.min(...list.filter((b) => b > beta * 1.001)) : Math.max(...list.filter((b) => b < beta / 1.001)));
  const step = (up) => () => { const to = next(critical, up); if (Number.isFinite(to)) put(to); };
  const buttons = h("div", { class: "buttons", role: "group", "aria-label": "Go to" }, button("next latent off", step(true)),
    button("last one on again", step(false)), ...sweep.map(({ beta: b }) => button(`beta = ${b}`, () => put(b))));

  const picture = h("svg", { role: "img" }), { element: status, say } = announcer();
  const strips = sweep.map(({ beta: b, words, rows }) => h("div", { class: "strip", hidden: "", "data-beta": b }, h("p", { class: "status" }, words),
    ...rows.map(({ name, src, alt }) => h("div", {}, h("span", {}, name), h("img", { src, alt })))));
  el.classList.add("live", "live-rate");
  el.append(picture, h("div", { class: "sliders" }, dial.element), buttons, status, ...strips);

  let rate_at = null;  // from a place in the picture to a rate
  function draw() {
    const W = Math.max(280, Math.min(720, el.clientWidth)), wide = W >= 560, bars = wide ? Math.min(LATENTS * eigenvalues.length, 0.42 * W) : W - 40;
    const left = 46, right = wide ? W - bars - GAP : W - 14, top = 18, low = 250, H = wide ? low + 46 : low + 270;
    const now = at(beta), x = (r) => left + (r / full) * (right - left), y = (d) => low - (d / whole) * (low - top);
    rate_at = (at_x) => Math.min(full, Math.max(0, ((at_x - left) / (right - left)) * full));
    const points = Array.from({ length: 200 }, (_, i) => at(least * (critical[0] / least) ** (i / 199)));
    const curve = "M" + points.map((p) => `${x(p.rate).toFixed(1)},${y(p.distortion).toFixed(1)}`).join("L");
    // The line through the point with slope minus beta, cut off at the axes: it meets the upright one at the loss.
    const loss = now.distortion + beta * now.rate, from = Math.max(0, (loss - whole) / beta), to = Math.min(full, loss / beta);
    const line = { x1: x(from), y1: y(loss - beta * from), x2: x(to), y2: y(loss - beta * to), class: "tangent" };
    const text = (at_x, at_y, anchor, words, c = "") => h("text", { x: at_x, y: at_y, "text-anchor": anchor, class: c }, words);
    const ruler = (x1, y1, x2, y2) => h("line", { x1, x2, y1, y2, class: "axis" });

    const foot = wide ? low : low + 215, ceiling = wide ? top + 14 : low + 75, first = wide ? right + GAP : left - 6;
    const pace = bars / eigenvalues.length, tall = latent_rate(eigenvalues[0], least * variance), width = Math.min(22, pace * 0.62);
    const column = (j) => {
      const middle = first + (j + 0.5) * pace, height = (now.rates[j] / tall) * (foot - ceiling), on = now.rates[j] > 0;
      const bar = on ? h("path", { d: `M${middle - width / 2},${foot}v${-height}h${width}v${height}Z`, class: "bar" })
        : h("path", { d: `M${middle - width / 2},${foot - 5}h${width}`, class: "off" });
      const much = on ? [text(middle, foot - height - 5, "middle", now.rates[j].toFixed(1), "tick")] : [];
      return [bar, ...much, text(middle, foot + 15, "middle", `${j + 1}`, "tick"), text(middle, foot + 31, "middle", critical[j].toFixed(critical[j] < 9.95 ? 1 : 0), "tick")];
    };
    picture.setAttribute("viewBox", `0 0 ${W} ${H}`);
    picture.setAttribute("width", W);
    picture.setAttribute("height", H);
    picture.replaceChildren(ruler(left, top, left, low), ruler(left, low, right, low), ruler(first, foot, first + bars, foot),
      h("path", { d: curve, class: "curve" }), h("line", line), h("circle", { cx: left, cy: y(Math.min(loss, whole)), r: 3.5, class: "loss" }),
      text(right, top + 4, "end", `dashed: slope \u2212${price(beta)}, and`, "tick"),
      text(right, top + 20, "end", `at rate 0 the loss, ${loss.toFixed(2)}`, "tick"),
      h("g", { class: "here", "data-grip": "rate" }, h("circle", { cx: x(now.rate), cy: y(now.distortion), r: 16, class: "reach" }),
        h("circle", { cx: x(now.rate), cy: y(now.distortion), r: 7 })),
      text(left + 6, top - 4, "start", "distortion, nats"), text(right, low + 34, "end", "rate, nats"),
      ...[0, 0.5, 1].map((share) => text(left - 5, y(share * whole) + 4, "end", short(share * whole), "tick")),
      ...[0, 0.5, 1].map((share) => text(x(share * full), low + 15, "middle", short(share * full), "tick")),
      text(first, ceiling - (wide ? 18 : 8), "start", "rate of each latent"), ...eigenvalues.flatMap((_, j) => column(j)),
      text(first - 4, foot + 31, "end", "off at", "tick"));

    const on = now.rates.filter((r) => r > 0).length;
    const words = `At beta ${price(beta)} the rate is ${nats(now.rate)}, the distortion ${nats(now.distortion)}, ` +
      `the loss ${nats(loss)}. ${on} of ${eigenvalues.length} latents are on.`;
    Object.assign(el.dataset, { beta, on, loss, rate: now.rate, distortion: now.distortion });
    picture.setAttribute("aria-label", "A falling curve of distortion against rate with a line that touches it, and a bar for each latent. " + words);
    say(words);
    const distance = (s) => Math.abs(log2(s.beta / beta)), nearest = sweep.reduce((a, s) => (a && distance(a) <= distance(s) ? a : s), null);
    strips.forEach((strip, i) => { strip.hidden = sweep[i] !== nearest; });
  }
  const draw_soon = once_a_frame(draw);

  let held = false;  // the point on the curve is dragged sideways
  picture.addEventListener("pointerdown", (event) => {
    held = Boolean(event.target.closest("[data-grip]"));
    if (held) { picture.setPointerCapture(event.pointerId); event.preventDefault(); }
  });
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    if (held) put(beta_for(eigenvalues, variance, rate_at((event.clientX - box.left) * (picture.viewBox.baseVal.width / box.width))));
  });
  for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, () => { held = false; });

  model.on("change:beta", () => { beta = model.get("beta"); dial.set(log2(beta)); draw_soon(); });
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
