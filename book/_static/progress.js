// What a reader has read and answered, kept in this browser only (localStorage, one key). Nothing is sent anywhere.
// At the end of a page stands a button; where a page has <div class="course-progress">, the sum, with a file to keep or
// to bring back, and a button to forget everything.
(function () {
  "use strict";
  const KEY = "course-progress", EMPTY = { read: {}, quiz: {} };
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href).href;
  const nameOf = (address) => new URL(address, location.href).href.split(/[?#]/)[0].replace(root, "").replace(/\.html$/, "");
  const here = nameOf(location.href);
  const element = (tag, words, also = {}) => Object.assign(document.createElement(tag), { textContent: words, ...also });

  function valid(data) {
    const map = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
    return map(data) && map(data.read) && map(data.quiz) && Object.values(data.read).every((v) => typeof v === "string")
      && Object.values(data.quiz).every((v) => Array.isArray(v) && v.every(Number.isInteger));
  }
  function load() {
    try {
      const data = JSON.parse(localStorage.getItem(KEY) ?? "null");
      return valid(data) ? data : structuredClone(EMPTY);
    } catch { return null; } // this browser keeps nothing for this page, or what it kept is no JSON
  }
  function keep(data) {
    try { localStorage.setItem(KEY, JSON.stringify(data)); return true; } catch { return false; }
  }
  function change(edit) {
    const data = load() ?? structuredClone(EMPTY);
    edit(data);
    const kept = keep(data);
    show();
    return kept;
  }

  function atTheEnd() {
    const article = document.querySelector("article.bd-article");
    if (!article || !/^(book|exercises|solutions)\//.test(here) || document.querySelector(".course-progress")) return null;
    const button = element("button", "", { type: "button", className: "course-read" });
    button.addEventListener("click", () => {
      const kept = change((data) => {
        if (here in data.read) delete data.read[here];
        else data.read[here] = new Date().toISOString().slice(0, 10);
      });
      if (!kept) button.textContent = "This browser keeps nothing for pages opened like this one";
    });
    const line = element("p", "", { className: "course-read-line" });
    line.append(button);
    article.append(line);
    return button;
  }

  // A question counts once it was answered right; the quiz itself judges.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("course-quiz form");
    if (!form) return;
    queueMicrotask(() => {
      if (form.dataset.verdict !== "right") return;
      const number = [...document.querySelectorAll("course-quiz form")].indexOf(form) + 1;
      change((data) => { data.quiz[here] = [...new Set([...(data.quiz[here] ?? []), number])].sort((a, b) => a - b); });
    });
  });

  function panel(box) {
    const sum = element("p", "", { className: "sum" }), status = element("p", "");
    status.setAttribute("role", "status");
    const save = element("button", "Save to a file", { type: "button" });
    save.addEventListener("click", () => {
      const blob = new Blob([JSON.stringify(load() ?? EMPTY, null, 1)], { type: "application/json" });
      const link = element("a", "", { href: URL.createObjectURL(blob), download: "course-progress.json" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 0);
    });
    const file = element("input", "", { type: "file", accept: "application/json", hidden: true });
    const bring = element("button", "Bring back from a file", { type: "button" });
    bring.addEventListener("click", () => file.click());
    file.addEventListener("change", async () => {
      let data = null;
      try { data = JSON.parse(await file.files[0].text()); } catch { /* told below */ }
      file.value = "";
      if (!valid(data)) status.textContent = "Expected a file that was saved here; nothing was changed.";
      else status.textContent = keep(data) ? "Brought back." : "This browser keeps nothing for pages opened like this one.";
      show();
    });
    const forget = element("button", "Forget everything", { type: "button" });
    forget.addEventListener("click", () => {
      if (!forget.dataset.asked) { forget.dataset.asked = "1"; forget.textContent = "Really? Press again"; return; }
      delete forget.dataset.asked;
      forget.textContent = "Forget everything";
      try { localStorage.removeItem(KEY); status.textContent = "Forgotten."; }
      catch { status.textContent = "This browser keeps nothing for pages opened like this one."; }
      show();
    });
    box.replaceChildren(sum, save, " ", bring, " ", forget, file, status);
    return sum;
  }

  let button = null, sums = [];
  function show() {
    const data = load() ?? EMPTY, pages = Object.keys(data.read);
    const answered = Object.values(data.quiz).reduce((n, questions) => n + questions.length, 0);
    if (button) {
      const read = here in data.read;
      button.textContent = read ? `Read on ${data.read[here]}` : "Mark as read";
      button.setAttribute("aria-pressed", String(read));
    }
    for (const sum of sums) {
      sum.textContent = pages.length + answered === 0
        ? "Nothing yet. Each page has a button at its end; a quiz question counts when it is answered right."
        : `Pages read: ${pages.length}. Quiz questions answered: ${answered}.`;
    }
    document.querySelectorAll("nav.bd-links a.internal, article dl > dt a.internal").forEach((link) => {
      const read = nameOf(link.href) in data.read, mark = link.querySelector(".read-mark");
      if (read && !mark) link.append(element("span", " \u2713 read", { className: "read-mark" }));
      if (!read && mark) mark.remove();
    });
  }
  document.addEventListener("DOMContentLoaded", () => {
    button = atTheEnd();
    sums = [...document.querySelectorAll(".course-progress")].map(panel);
    show();
  });
})();
