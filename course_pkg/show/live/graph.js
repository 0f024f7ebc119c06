// What follows from what: a map of all equations, each coloured by what checks it; one equation, those that it uses,
// those that use it. Each is a step to go.

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

// Every oracle by its kind, with the places of the equations that it checked: {kind: {name: [i, ...]}}, the most first.
export function oracles(nodes) {
  const kinds = {};
  nodes.forEach((n, i) => n.by.forEach(([kind, name]) => ((kinds[kind] ??= {})[name] ??= []).push(i)));
  for (const kind in kinds) kinds[kind] = Object.fromEntries(Object.entries(kinds[kind]).sort((a, b) => b[1].length - a[1].length));
  return kinds;
}

export function render({ model, el }) {
  const nodes = model.get("nodes"), marks = model.get("marks"), uses = nodes.map((n) => n.uses), by = turned(uses);
  // The rows of the map: a page each, what lies deeper further to the right.
  const rows = model.get("pages").map((p) => nodes.flatMap((n, i) => (n.page === p ? [i] : [])).sort((a, b) => nodes[a].depth - nodes[b].depth));
  const order = rows.flat();
  let at = nodes.findIndex((n) => n.label === model.get("at"));
  const { element: status, say } = announcer();
  const option = (value, text) => h("option", { value }, text);
  const page = h("select", { onchange: () => go(nodes.findIndex((n) => n.page === page.value), page) }, ...model.get("pages").map((p) => option(p, p)));
  const equation = h("select", { onchange: () => go(+equation.value, equation) });
  const columns = h("div", { class: "columns" });

  const counts = Object.keys(marks).map((m) => [m, nodes.flatMap((n, i) => (n.mark === m ? [i] : []))]).filter(([, list]) => list.length);
  const choices = [["every equation", nodes.map((_, i) => i)]];
  const choice = (name, list) => option(choices.push([name, list]) - 1, `${name} (${list.length})`);
  const groups = [["by its colour", counts.map(([m, list]) => [marks[m][1], list])], ...Object.entries(oracles(nodes)).map(([kind, names]) => [kind, Object.entries(names)])];
  const filter = h("select", { onchange: show }, option(0, choices[0][0]),
    ...groups.map(([kind, list]) => h("optgroup", { label: kind }, ...list.map(([name, places]) => choice(name, places)))));
  const legend = h("ul", { class: "legend", "aria-label": "colours" }, ...counts.map(([m, list]) =>
    h("li", {}, h("span", { class: `cell ${m}`, "aria-hidden": "true" }, marks[m][0]), `${marks[m][1]} (${list.length})`)));
  const cells = nodes.map((n, i) => h("span", { role: "option", tabindex: -1, title: n.label, "aria-label": `${n.label}, ${marks[n.mark][1]}`, onclick: () => go(i, cells[i]) }));
  const map = h("div", { class: "map", role: "listbox", "aria-label": "all equations, by page", onkeydown: walk }, ...rows.map((row, k) =>
    h("div", { role: "group", "aria-label": model.get("pages")[k] }, h("span", { class: "page", "aria-hidden": "true" }, model.get("pages")[k]), h("span", { class: "cells", role: "presentation" }, ...row.map((i) => cells[i])))));
  el.className = "live live-graph";
  el.append(h("label", {}, "Show what is checked by ", filter), map, legend,
    h("div", { class: "chosen" }, h("label", {}, "Page ", page), h("label", {}, "Equation ", equation)), columns, status);

  function show() {
    const [name, list] = choices[+filter.value], shown = new Set(list);
    cells.forEach((cell, i) => {
      cell.textContent = shown.has(i) ? marks[nodes[i].mark][0] : "";
      cell.classList.toggle("off", !shown.has(i));
    });
    el.dataset.shown = list.length;
    say(`${name}: ${list.length} of ${nodes.length} equations.`);
  }
  // Arrows go along a row and from page to page, Enter to the link of the equation that was reached.
  function walk(event) {
    const here = order.indexOf(at), row = rows.findIndex((r) => r.includes(at)), column = rows[row].indexOf(at);
    const below = (k) => rows[k]?.[Math.min(column, rows[k].length - 1)];
    const to = { ArrowRight: order[here + 1], ArrowLeft: order[here - 1], ArrowDown: below(row + 1), ArrowUp: below(row - 1), Home: order[0], End: order.at(-1) };
    if (event.key === "Enter" || event.key === " ") go(at);
    else if (event.key in to) { if (to[event.key] !== undefined) go(to[event.key], cells[to[event.key]]); }
    else return;
    event.preventDefault();
  }
  function step(i) {
    const where = nodes[i].page === nodes[at].page ? "" : ` (${nodes[i].page})`;
    return h("li", {}, h("button", { type: "button", class: nodes[i].kind, "data-to": nodes[i].label, onclick: () => go(i) }, nodes[i].label + where));
  }
  function column(name, list, none, kind) {
    const inside = list.length ? h("ul", {}, ...list.map(step)) : h("p", {}, none);
    return h("section", { class: kind, "aria-label": name }, h("p", { class: "name" }, `${name} (${list.length})`), inside);
  }
  function go(i, focus) {
    cells[at].tabIndex = -1;
    at = i;
    const n = nodes[i], up = reached(uses, i), down = reached(by, i);
    const ground = [...up].filter((j) => nodes[j].kind === "definition").length;
    const what = n.kind === "definition" ? "a definition" : "bound to a check";
    const rests = `It rests on ${up.size} equations, ${ground} of them definitions; ${down.size} rest on it.`;
    cells[i].tabIndex = 0;
    cells.forEach((cell, j) => {
      const off = cell.classList.contains("off") ? " off" : "", place = j === i ? " at" : up.has(j) ? " up" : down.has(j) ? " down" : "";
      cell.className = `cell ${nodes[j].mark}${place}${off}`;
      cell.setAttribute("aria-selected", j === i);
    });
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
    else if (focus === cells[i]) focus.focus();
  }
  go(at, page);
  show();
}
export default { render };
