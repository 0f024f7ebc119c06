// What the live figures share. Python puts this text before a figure's own, so that each is one module
// without imports: a page opened from the disk may not load a second file, an anywidget takes only one.

// h("p", {class: "x", onclick: f}, "text", child): an element, its attributes and handlers, what it holds.
function h(name, attributes = {}, ...children) {
  const svg = ["svg", "path", "line", "circle", "text", "g"].includes(name);
  const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    key.startsWith("on") ? e.addEventListener(key.slice(2), value) : e.setAttribute(key, value);
  e.append(...children);
  return e;
}

// A native slider with its name and its value: arrows, Home, End and screen readers work by themselves.
function slider({ label, min, max, step, value, show = (v) => v.toFixed(2), change }) {
  const shown = h("span", { class: "value", "aria-hidden": "true" });
  const input = h("input", { type: "range", min, max, step, oninput: () => { write(+input.value); change(+input.value); } });
  const write = (v) => { shown.textContent = show(v); input.setAttribute("aria-valuetext", show(v)); };
  const set = (v) => { input.value = v; write(v); };  // the value itself is shown, also between two steps
  set(value);
  return { element: h("label", { class: "slider" }, h("span", { class: "name" }, label), input, shown), input, set };
}

// Text for screen readers that follows the figure, but waits for a pause: not every pixel of a drag is spoken.
function announcer(pause = 500) {
  const element = h("p", { role: "status", class: "status" });
  let timer = 0;
  return { element, say: (text) => { clearTimeout(timer); timer = setTimeout(() => { element.textContent = text; }, pause); } };
}

// Draw at most once a frame, however many events ask for it.
function once_a_frame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  };
}

// Bytes: base64 text on a page, a DataView from a kernel.
function bytes(data) {
  if (typeof data !== "string") return new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
}

// On a page there is no kernel: the figure becomes a custom element, whose state is the JSON that it holds.
// A browser runs connectedCallback for every such element, however many figures and scripts a page has.
function define(name, render) {
  if (customElements.get(name)) return;
  customElements.define(name, class extends HTMLElement {
    connectedCallback() {
      if (this.ready) return;  // moved within the page
      this.ready = true;
      const state = JSON.parse(this.querySelector("script[type='application/json']").textContent);
      const model = { get: (key) => state[key], set: (key, v) => { state[key] = v; }, save_changes() {}, on() {} };
      this.querySelector(".without-script")?.remove();
      render({ model, el: this.appendChild(h("div")) });
    }
  });
}
