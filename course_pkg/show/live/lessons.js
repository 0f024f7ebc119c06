// Every trained model of the course in one figure. The page holds what their cards say; the weights of a model come
// when it is chosen, from a script of the built book: a page opened from the disk may load a script, and may not fetch.

const PAUSE = 250;  // milliseconds: who goes through the names by arrows loads only the one where they rest

// The state of one model's explorer, or null where this page has no such script beside it.
export function weights_of(name) {
  const root = document.documentElement.dataset.content_root, found = () => window.course_lessons?.[name] ?? null;
  if (found() || root === undefined) return Promise.resolve(found());
  return new Promise((done) => {
    const end = () => { script.remove(); done(found()); };
    const script = h("script", { src: `${root}_static/lessons/${name}.js`, onload: end, onerror: end });
    document.head.append(script);
  });
}

export function render({ model, el }) {
  const lessons = model.get("lessons"), chosen = () => lessons[select.selectedIndex];
  const select = h("select", { onchange: () => { tell(); clearTimeout(timer); timer = setTimeout(show, PAUSE); } },
    ...lessons.map(({ name, words }) => h("option", { value: name }, words)));
  const told = h("p", { role: "status", class: "status told" }), note = h("p", { role: "status", class: "status note" });
  const place = h("div", { class: "place" });
  const tell = () => { told.textContent = chosen().told; };
  let timer = 0;

  async function show() {
    const { name } = chosen(), open = place.querySelector("[aria-expanded=true]");
    place.setAttribute("aria-busy", "true");  // the last model's picture does not stand below this one's numbers
    note.textContent = "Its weights are loading.";
    const state = await weights_of(name);
    if (name !== chosen().name) return;  // another one was chosen meanwhile
    place.removeAttribute("aria-busy");
    place.hidden = !state;
    place.replaceChildren(...(state ? [explorer(state)] : []));
    note.replaceChildren(...(state ? [] : instead(name)));
    if (open) place.querySelector("[aria-expanded]")?.click();  // what was open stays open, to compare
    el.dataset.shown = state ? name : "";
  }
  const explorer = (state) => h("live-latents", {}, h("script", { type: "application/json" }, JSON.stringify(state)));
  const instead = (name) => ["The weights are not beside this page: ", h("code", {}, `live.latent_figure("${name}")`),
    " of ", h("code", {}, "course_pkg.show"), " draws this model in a notebook."];

  el.classList.add("live", "live-lessons");
  el.append(h("label", {}, "Trained model: ", select), told, note, place);
  select.value = model.get("at");
  tell();
  note.textContent = "Its latents can be moved where a browser shows this page.";
  new IntersectionObserver((entries, observer) => {  // a reader who does not come this far loads nothing
    if (!entries.some((e) => e.isIntersecting)) return;
    observer.disconnect();
    show();
  }, { rootMargin: "300px" }).observe(el);
}
export default { render };
