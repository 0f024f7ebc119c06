// What follows from what: one equation, those that it uses, those that use it. Each is a step to go.

// All labels that can be reached from one by steps: {up: uses}, {down: is used by}.
export function reached(steps, start) {
  const seen = new Set(), todo = [start];
  while (todo.length) for (const next of steps[todo.pop()]) if (!seen.has(next)) { seen.add(next); todo.push(next); }
  return seen;
}

export function turned(uses) {
  const by = uses.map(() => []);
  uses.forEach((list, i) => list.forEach((j) => by[j].push(i)));
  return by;
}

export function render({ model, el }) {
  const nodes = model.get("nodes"), uses = nodes.map((n) => n.uses), by = turned(uses);
  const pages = [...new Set(nodes.map((n) => n.page))];
  let at = nodes.findIndex((n) => n.label === model.get("at"));
  const { element: status, say } = announcer();
  const option = (value, text) => h("option", { value }, text);
  const page = h("select", { onchange: () => go(nodes.findIndex((n) => n.page === page.value), page) }, ...pages.map((p) => option(p, p)));
  const equation = h("select", { onchange: () => go(+equation.value, equation) });
  const columns = h("div", { class: "columns" });
  el.className = "live live-graph";
  el.append(h("div", { class: "chosen" }, h("label", {}, "Page ", page), h("label", {}, "Equation ", equation)), columns, status);

  function step(i) {
    const where = nodes[i].page === nodes[at].page ? "" : ` (${nodes[i].page})`;
    return h("li", {}, h("button", { type: "button", class: nodes[i].kind, "data-to": nodes[i].label, onclick: () => go(i) }, nodes[i].label + where));
  }
  function column(name, list, none, kind) {
    const inside = list.length ? h("ul", {}, ...list.map(step)) : h("p", {}, none);
    return h("section", { class: kind, "aria-label": name }, h("p", { class: "name" }, `${name} (${list.length})`), inside);
  }
  function go(i, focus) {
    at = i;
    const n = nodes[i], up = reached(uses, i), down = reached(by, i);
    const ground = [...up].filter((j) => nodes[j].kind === "definition").length;
    const what = n.kind === "definition" ? "a definition" : "bound to a check";
    const rests = `It rests on ${up.size} equations, ${ground} of them definitions; ${down.size} rest on it.`;
    page.value = n.page;
    equation.replaceChildren(...nodes.flatMap((m, j) => (m.page === n.page ? [option(j, m.label)] : [])));
    equation.value = i;
    columns.replaceChildren(
      column("uses", uses[i], n.kind === "definition" ? "Nothing: it introduces its symbol." : "Nothing: it starts from the world's tables and densities.", "uses"),
      h("section", { class: "here", "aria-label": "this equation" },
        h("p", { class: `label ${n.kind}` }, n.label), h("p", {}, `${what[0].toUpperCase()}${what.slice(1)}. ${n.how}`), h("p", {}, rests),
        h("p", {}, h("a", { href: `${n.page}.html#equation-${n.label.toLowerCase().replaceAll("_", "-")}` }, "Read it on its page"))),
      column("is used by", by[i], "Nothing yet.", "by"));
    Object.assign(el.dataset, { at: n.label, up: up.size, ground, down: down.size });
    say(`${n.label}: ${what}. ${rests}`);
    if (focus === undefined) columns.querySelector(".here a").focus();  // the button that was pressed is gone
  }
  go(at, page);
}
export default { render };
