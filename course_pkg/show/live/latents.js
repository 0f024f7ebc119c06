// Sliders for the latents of a trained decoder, which runs here, in the reader's browser. Where the code has a discrete
// latent too, its last number is the value, 0 to values - 1, and the decoder takes a one among zeros in place of it.

// float16 as stored, to the float32 in which we compute.
export function widen(data) {
  const half = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2), full = new Float32Array(half.length);
  for (let i = 0; i < half.length; i++) {
    const sign = half[i] >> 15 ? -1 : 1, exponent = (half[i] >> 10) & 31, rest = half[i] & 1023;
    if (exponent === 31) throw new Error("a weight is not finite");
    full[i] = sign * (exponent === 0 ? rest * 2 ** -24 : (1 + rest / 1024) * 2 ** (exponent - 15));
  }
  return full;
}

// Each layer is made once, with its own output array, and then called for every picture: nothing is allocated.
// Between "unflatten" and "flatten" the channels of a pixel lie side by side: the innermost loop runs along them.
const LAYERS = {
  linear(take, { inputs, outputs }) {  // weights [input][output]
    const W = take(inputs * outputs), b = take(outputs), y = new Float32Array(outputs);
    return (x) => {
      y.set(b);
      for (let i = 0, k = 0; i < inputs; i++, k += outputs)
        if (x[i] !== 0) for (let j = 0; j < outputs; j++) y[j] += x[i] * W[k + j];
      return y;
    };
  },
  relu: () => (x) => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0; return x; },
  unflatten(take, { channels, height, width }) {
    const n = height * width, y = new Float32Array(channels * n);
    return (x) => { for (let c = 0; c < channels; c++) for (let p = 0; p < n; p++) y[p * channels + c] = x[c * n + p]; return y; };
  },
  flatten(take, { channels, height, width }) {
    const n = height * width, y = new Float32Array(channels * n);
    return (x) => { for (let c = 0; c < channels; c++) for (let p = 0; p < n; p++) y[c * n + p] = x[p * channels + c]; return y; };
  },
  // A transposed convolution, 4 x 4, stride 2, padding 1: of its 16 taps each output pixel sees four.
  up(take, { inputs, outputs, height, width }) {  // weights [row][column][input][output]
    const W = take(16 * inputs * outputs), b = take(outputs), y = new Float32Array(4 * height * width * outputs);
    const sum = new Float64Array(outputs);
    return (x) => {
      for (let row = 0; row < 2 * height; row++) for (let column = 0; column < 2 * width; column++) {
        sum.set(b);
        for (let ky = (row + 1) & 1; ky < 4; ky += 2) {
          const iy = (row + 1 - ky) / 2;
          if (iy < 0 || iy >= height) continue;
          for (let kx = (column + 1) & 1; kx < 4; kx += 2) {
            const ix = (column + 1 - kx) / 2;
            if (ix < 0 || ix >= width) continue;
            const from = (iy * width + ix) * inputs, tap = (ky * 4 + kx) * inputs * outputs;
            for (let i = 0; i < inputs; i++) {
              const v = x[from + i], k = tap + i * outputs;
              if (v !== 0) for (let j = 0; j < outputs; j++) sum[j] += v * W[k + j];
            }
          }
        }
        y.set(sum, (row * 2 * width + column) * outputs);
      }
      return y;
    };
  },
  sigmoid: () => (x) => { for (let i = 0; i < x.length; i++) x[i] = 1 / (1 + Math.exp(-x[i])); return x; },
};

// z -> pixels in [0, 1] as torch flattens them: channel by channel, row by row.
export function make_decoder(weights, layers) {
  const full = widen(weights);
  let used = 0;
  const take = (n) => full.subarray(used, (used += n));
  const steps = layers.map((layer) => LAYERS[layer.kind](take, layer));
  if (used !== full.length) throw new Error(`expected ${used} weights, got ${full.length}`);
  return (z) => steps.reduce((x, step) => step(x), Float32Array.from(z));
}

const STEPS = 9, SPAN = 3, PER_FRAME = 12, REST = 300;  // tiles of a row, their reach, ms of work a frame, ms of rest
const minus = (text) => text.replace("-", "\u2212"), signed = (v) => minus(v.toFixed(2));

// What there is to see, in words: for readers who cannot, and for a check that something moved.
function describe(pixels, [channels, height, width]) {
  let mass = 0, right = 0, down = 0;
  for (let i = 0; i < height * width; i++) {
    let v = 0;
    for (let c = 0; c < channels; c++) v += Math.min(1, Math.max(0, pixels[c * height * width + i])) / channels;
    mass += v; right += v * (i % width); down += v * Math.floor(i / width);
  }
  if (mass < 1e-3) return "The picture is black.";
  const dx = Math.round(right / mass - (width - 1) / 2), dy = Math.round(down / mass - (height - 1) / 2);
  const place = [dx && `${Math.abs(dx)} pixel${Math.abs(dx) === 1 ? "" : "s"} ${dx > 0 ? "right of" : "left of"}`, dy && `${Math.abs(dy)} ${dy > 0 ? "below" : "above"}`];
  const where = place.filter(Boolean).join(" and ");
  return `${((100 * mass) / (height * width)).toFixed(1)} % of the picture is white, its centre ${where ? where + " the middle" : "in the middle"}.`;
}

export function render({ model, el }) {
  const [channels, height, width] = model.get("shape"), order = model.get("order"), kl = model.get("kl");
  const values = model.get("values"), z = Float64Array.from(model.get("z"));
  const is_value = (k) => values > 0 && k === z.length - 1;
  const decoder = make_decoder(bytes(model.get("weights")), model.get("layers"));
  const one_of = (value) => Array.from({ length: values }, (_, v) => +(v === value));
  const decode = (code) => decoder(values ? [...code.slice(0, -1), ...one_of(code.at(-1))] : code);

  const paint = (context, left) => {
    const image = context.createImageData(width, height), at = (c, i) => 255 * Math.min(1, Math.max(0, c[i]));
    for (let i = 0; i < height * width; i++) image.data[4 * i + 3] = 255;
    return (pixels) => {
      for (let i = 0; i < height * width; i++) for (let c = 0; c < 3; c++)
        image.data[4 * i + c] = at(pixels, (channels === 3 ? c * height * width : 0) + i);
      context.putImageData(image, left, 0);
    };
  };
  const blank = (columns, name) => h("canvas", { role: "img", width: columns * (width + 1) - 1, height, class: name });
  const canvas = blank(1, "picture"), show = paint(canvas.getContext("2d"), 0);
  const { element: status, say } = announcer();

  const change = (k) => (value) => { z[k] = value; send(); draw_soon(); };
  const send = () => { model.set("z", [...z]); model.save_changes(); };
  const named = model.get("names") ?? [], numbered = order.filter((k) => !is_value(k));
  const known = (k) => named[k] || (is_value(k) ? "value" : `latent ${numbered.indexOf(k) + 1}`);
  const name = (k) => known(k) + (kl.length ? ` (${kl[k].toFixed(2)} nats)` : "");
  // As far as the farthest number of a start, so that no thumb stands elsewhere than its number says.
  const far = Math.max(4, ...[z, ...Object.values(model.get("starts"))].flatMap((code) => [...code].map(Math.abs)));
  const reach = Math.ceil(far), limits = { min: -reach, max: reach, step: 0.05, show: signed };
  const range = (k) => (is_value(k) ? { min: 0, max: values - 1, step: 1, show: String } : limits);
  const sliders = order.map((k) => slider({ label: name(k), value: z[k], change: change(k), ...range(k) }));
  const put = (values) => { z.set(values); order.forEach((k, rank) => sliders[rank].set(z[k])); draw_soon(); };

  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const even = () => Math.sqrt(3) * (2 * Math.random() - 1), number = model.get("uniform") ? even : normal;
  const drawn = (_, k) => (is_value(k) ? Math.floor(values * Math.random()) : number());
  const starts = { ...model.get("starts"), "all at zero": z.map(() => 0) };
  const button = (text, onclick) => h("button", { type: "button", onclick }, text);
  const buttons = h("div", { class: "buttons", role: "group", "aria-label": "Start from" }, h("span", {}, "Start from:"),
    ...Object.entries(starts).map(([text, values]) => button(text, () => { put(values); send(); })),
    button("a draw from the prior", () => { put(z.map(drawn)); send(); }));

  function draw() {
    const started = performance.now(), pixels = decode(z);
    show(pixels);
    Object.assign(canvas.dataset, { frames: +(canvas.dataset.frames ?? 0) + 1, ms: (performance.now() - started).toFixed(2) });
    const words = describe(pixels, [channels, height, width]);
    canvas.setAttribute("aria-label", "The decoded picture. " + words);
    say(words);
    if (!strip.hidden) { clearTimeout(rest); rest = setTimeout(draw_strip, REST); }
  }
  const draw_soon = once_a_frame(draw);

  // The strip: every latent alone, from -3 to 3, a value from first to last, the others held. Drawn tile by tile, so
  // that the page stays quick; at once when it is complete, where the reader has asked for less motion.
  const strip = h("div", { class: "strip", hidden: "" }), rows = order.map(() => blank(STEPS, "row"));
  rows.forEach((row, rank) => strip.append(h("div", {}, h("span", {}, name(order[rank])), row)));
  strip.append(h("p", { class: "status" }, `Each row moves one latent from \u2212${SPAN} to ${SPAN}${values ? ", or takes each value," : ""} and holds the others.`));
  const ends = (k) => (is_value(k) ? [0, values - 1] : [-SPAN, SPAN]);
  const toggle = button("Show what each latent does", () => {
    strip.hidden = !strip.hidden;
    toggle.setAttribute("aria-expanded", String(!strip.hidden));
    if (!strip.hidden) draw_strip();
  });
  toggle.setAttribute("aria-expanded", "false");
  let rest = 0, run = 0;
  function draw_strip() {
    const mine = ++run, still = matchMedia("(prefers-reduced-motion: reduce)").matches, late = [];
    let tile = 0;
    strip.dataset.tiles = 0;
    (function more() {
      const started = performance.now();
      while (tile < rows.length * STEPS && performance.now() - started < PER_FRAME) {
        const rank = Math.floor(tile / STEPS), step = tile % STEPS, code = Float64Array.from(z), k = order[rank];
        const [first, last] = ends(k);
        code[k] = is_value(k) ? Math.floor((values * step) / STEPS) : first + ((last - first) * step) / (STEPS - 1);
        const pixels = decode(code), put_tile = paint(rows[rank].getContext("2d"), step * (width + 1));
        if (still) { const copy = pixels.slice(); late.push(() => put_tile(copy)); } else put_tile(pixels);
        if (step === 0 || step === STEPS - 1) words(rows[rank], k, step, describe(pixels, [channels, height, width]));
        strip.dataset.tiles = ++tile;
      }
      if (tile < rows.length * STEPS) { if (mine === run && !strip.hidden) requestAnimationFrame(more); }
      else late.forEach((f) => f());
    })();
  }
  const words = (row, k, step, text) => {
    const [first, last] = ends(k).map((end) => minus(String(end)));
    row.dataset[step ? "last" : "first"] = text;
    row.setAttribute("aria-label", `At ${first}: ${row.dataset.first} At ${last}: ${row.dataset.last ?? ""}`);
  };

  el.classList.add("live", "live-latents");
  el.append(h("div", { class: "stage" }, canvas, h("div", { class: "sliders" }, ...sliders.map((s) => s.element))),
    buttons, h("div", { class: "buttons" }, toggle), status, strip);
  model.on("change:z", () => put(model.get("z")));
  draw();
}
export default { render };
