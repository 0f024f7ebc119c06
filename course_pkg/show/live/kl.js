// Two Gaussians whose means and widths are dragged; both divergences between them, and what each one averages.

// D_KL(N(m, e^s) || N(m2, e^s2)) in nats; s and s2 are log variances. expm1 keeps the digits of nearly equal widths.
export function kl(m, s, m2, s2) {
  return 0.5 * ((m - m2) ** 2 * Math.exp(-s2) + Math.expm1(s - s2) - (s - s2));
}

export function log_density(z, m, s) {
  return -0.5 * (Math.log(2 * Math.PI) + s + (z - m) ** 2 * Math.exp(-s));
}

// The same number without the closed form: the integrand added up over ten widths on each side.
export function area(m, s, m2, s2, steps = 4000) {
  const sigma = Math.exp(0.5 * s), dz = (20 * sigma) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const z = m - 10 * sigma + i * dz, log_q = log_density(z, m, s);
    sum += Math.exp(log_q) * (log_q - log_density(z, m2, s2));
  }
  return sum * dz;
}

const MEAN = { min: -3, max: 3, step: 0.05 }, LOG_VAR = { min: -4, max: 2, step: 0.05 }, REACH = 6;
const nats = (v) => (v < 100 ? v.toFixed(3) : v.toFixed(1)) + " nats";
const signed = (v) => v.toFixed(2).replace("-", "\u2212");
const clamp = (v, { min, max, step }) => Math.min(max, Math.max(min, Math.round(v / step) * step));

export function render({ model, el }) {
  const KEYS = ["mu_q", "log_var_q", "mu_p", "log_var_p"];
  const state = Object.fromEntries([...KEYS, "over"].map((key) => [key, model.get(key)]));
  const change = (key) => (value) => { state[key] = value; model.set(key, value); model.save_changes(); draw_soon(); };
  const width = (v) => `${signed(v)}, \u03c3 = ${Math.exp(0.5 * v).toFixed(2)}`;
  const controls = {
    mu_q: slider({ label: "mean of q", ...MEAN, value: state.mu_q, show: signed, change: change("mu_q") }),
    log_var_q: slider({ label: "log_var of q", ...LOG_VAR, value: state.log_var_q, show: width, change: change("log_var_q") }),
    mu_p: slider({ label: "mean of p", ...MEAN, value: state.mu_p, show: signed, change: change("mu_p") }),
    log_var_p: slider({ label: "log_var of p", ...LOG_VAR, value: state.log_var_p, show: width, change: change("log_var_p") }),
  };
  const put = (values) => {
    for (const [key, value] of Object.entries(values)) if (controls[key]) { controls[key].set(value); change(key)(value); }
  };

  // One line for each direction: its number, and a radio button that chooses what the lower picture shows.
  const numbers = {}, radios = {};
  const line = (over, text) => {
    numbers[over] = h("span", { class: "number" });
    radios[over] = h("input", { type: "radio", name: "over", onchange: () => change("over")(over) });
    return h("label", { class: "direction" }, radios[over], h("span", {}, text), numbers[over]);
  };
  const directions = h("form", {}, h("fieldset", {}, h("legend", {}, "Averaged over"),  // a form keeps its radios apart
    line("q", "q: KL(q \u2016 p) ="), line("p", "p: KL(p \u2016 q) =")));
  const buttons = h("div", { class: "buttons" },
    h("button", { type: "button", onclick: () => put({ mu_p: 0, log_var_p: 0 }) }, "p = N(0, 1)"),
    h("button", { type: "button", onclick: () => put({
      mu_q: state.mu_p, log_var_q: state.log_var_p, mu_p: state.mu_q, log_var_p: state.log_var_q }) }, "swap q and p"));
  const picture = h("svg", { role: "img" }), { element: status, say } = announcer();
  el.classList.add("live", "live-kl");
  el.append(picture, h("div", { class: "sliders" }, ...Object.values(controls).map((c) => c.element)), directions, buttons, status);

  let x = null, scale = 1;  // from z to pixels, and pixels in one unit of z
  function draw() {
    const { mu_q, log_var_q, mu_p, log_var_p, over } = state;
    const W = Math.max(280, Math.min(720, el.clientWidth)), TOP = 170, LOW = 120, GAP = 34, H = TOP + GAP + LOW + 24;
    scale = (W - 20) / (2 * REACH);
    x = (z) => W / 2 + z * scale;
    const zs = Array.from({ length: 601 }, (_, i) => -REACH + (i * REACH) / 300);
    const q = (z) => Math.exp(log_density(z, mu_q, log_var_q)), p = (z) => Math.exp(log_density(z, mu_p, log_var_p));
    const log_ratio = (z) => log_density(z, mu_q, log_var_q) - log_density(z, mu_p, log_var_p);
    const integrand = over === "q" ? (z) => q(z) * log_ratio(z) : (z) => -p(z) * log_ratio(z);

    const highest = Math.max(0.45, q(mu_q), p(mu_p)), up = (v) => TOP - (v / highest) * (TOP - 22);
    const values = zs.map(integrand), most = Math.max(0.2, ...values), least = Math.min(-0.1, ...values);
    const zero = TOP + GAP + (LOW * most) / (most - least), low = (v) => zero - (v * LOW) / (most - least);
    const curve = (f, y) => "M" + zs.map((z) => `${x(z).toFixed(1)},${y(f(z)).toFixed(1)}`).join("L");
    // What counts for and what counts against: filled, and hatched, so that colour is not the only cue.
    const positive = curve((z) => Math.max(0, integrand(z)), low) + `L${x(REACH)},${zero}L${x(-REACH)},${zero}Z`;
    const hatch = zs.filter((z, i) => i % 6 === 0 && integrand(z) < 0)
      .map((z) => `M${x(z).toFixed(1)},${zero.toFixed(1)}V${low(integrand(z)).toFixed(1)}`).join("");
    const text = (at, y, anchor, words, c = "") => h("text", { x: at, y, "text-anchor": anchor, class: c }, words);
    const axis = (y) => [h("line", { x1: x(-REACH), x2: x(REACH), y1: y, y2: y, class: "axis" })];
    const handle = (which, at, y, grip) => h("g", { class: `handle ${which} ${grip}`, "data-grip": `${grip}_${which}` },
      h("circle", { cx: at, cy: y, r: 16, class: "reach" }), h("circle", { cx: at, cy: y, r: grip === "mu" ? 7 : 5 }));
    const handles = (which, mu, log_var, f) => {
      const sigma = Math.exp(0.5 * log_var);
      return [handle(which, x(mu + sigma), up(f(mu + sigma)), "log_var"), handle(which, x(mu), up(f(mu)), "mu")];
    };
    picture.setAttribute("viewBox", `0 0 ${W} ${H}`);
    picture.setAttribute("width", W);
    picture.setAttribute("height", H);
    picture.replaceChildren(...axis(TOP), ...axis(zero),
      ...[-6, -4, -2, 0, 2, 4, 6].map((z) => text(x(z), TOP + 16, "middle", signed(z).replace(".00", ""), "tick")),
      h("path", { d: curve(p, up), class: "p" }), h("path", { d: curve(q, up), class: "q" }),
      h("path", { d: positive, class: "for" }), h("path", { d: hatch, class: "against" }),
      h("path", { d: curve(integrand, low), class: "integrand" }),
      text(x(mu_q), up(q(mu_q)) - 11, "middle", "q"), text(x(mu_p), up(p(mu_p)) - 11, "middle", "p"),
      text(10, TOP + GAP + 4, "start", over === "q" ? "q log(q / p)" : "p log(p / q)"),
      text(x(REACH), low(most) + 4, "end", `highest ${most.toFixed(2)}`, "tick"),
      text(10, H - 6, "start", "filled: adds to the KL; hatched: subtracts", "tick"),
      ...handles("p", mu_p, log_var_p, p), ...handles("q", mu_q, log_var_q, q));

    const forward = kl(mu_q, log_var_q, mu_p, log_var_p), reverse = kl(mu_p, log_var_p, mu_q, log_var_q);
    const summed = over === "q" ? area(mu_q, log_var_q, mu_p, log_var_p) : area(mu_p, log_var_p, mu_q, log_var_q);
    numbers.q.textContent = nats(forward);
    numbers.p.textContent = nats(reverse);
    radios[over].checked = true;
    Object.assign(el.dataset, { forward, reverse, summed });
    const bell = (name, m, s) => `${name} has mean ${signed(m)} and width ${Math.exp(0.5 * s).toFixed(2)}`;
    const words = `${bell("q", mu_q, log_var_q)}, ${bell("p", mu_p, log_var_p)}. KL(q \u2016 p) is ${nats(forward)}, ` +
      `KL(p \u2016 q) is ${nats(reverse)}. Added up, the area below is ${nats(summed)}.`;
    picture.setAttribute("aria-label", "Two bell curves, and below them the integrand. " + words);
    say(words);
  }
  const draw_soon = once_a_frame(draw);

  // A handle is dragged sideways: the peak moves the mean, the point one width beside it the width.
  let grip = null;
  picture.addEventListener("pointerdown", (event) => {
    grip = event.target.closest("[data-grip]")?.dataset.grip ?? null;
    if (grip) { picture.setPointerCapture(event.pointerId); event.preventDefault(); }
  });
  picture.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const box = picture.getBoundingClientRect(), which = grip.at(-1);
    const z = ((event.clientX - box.left) * (picture.viewBox.baseVal.width / box.width) - x(0)) / scale;
    if (grip.startsWith("mu")) put({ [grip]: clamp(z, MEAN) });
    else put({ [grip]: clamp(2 * Math.log(Math.max(0.01, Math.abs(z - state["mu_" + which]))), LOG_VAR) });
  });
  for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, () => { grip = null; });

  for (const key of [...KEYS, "over"]) model.on("change:" + key, () => {
    state[key] = model.get(key);
    controls[key]?.set(state[key]);
    draw_soon();
  });
  new ResizeObserver(draw_soon).observe(el);
  draw();
}
export default { render };
