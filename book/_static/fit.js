// A formula that is wider than its place is made smaller until it fits: on a telephone, beside its number, on paper.
(function () {
  "use strict";
  const LEAST = 0.45; // of its own size; a formula that needs less should be written in more lines
  const PAPER = 640; // pixels that A4 leaves for a line
  const STEP = "table.derivation:not(.equations, .gallery) td:nth-child(2) mjx-container";
  const BESIDE = 265; // pixels of its number, reason and check

  // What a formula has: a line of its own, or what reason and check leave it. One below the other, as on a telephone, it
  // scrolls in its cell.
  function room(formula, width) {
    const cell = formula.closest("table.derivation td");
    if (!cell) return width || formula.clientWidth;
    const beside = width || getComputedStyle(cell).display === "table-cell";
    return beside ? (width || cell.closest("table").parentElement.clientWidth) - BESIDE : 0;
  }

  // All get their own size, then all are measured, then the wide ones shrink: a browser lays the page out twice, not twice
  // for each formula.
  function fit(within, width) {
    const formulae = [...within.querySelectorAll(`div.math > mjx-container[display=true], ${STEP}`)];
    for (const formula of formulae) {
      formula.dataset.size = formula.dataset.size || formula.style.fontSize || "100%";
      formula.style.fontSize = formula.dataset.size;
    }
    const widths = formulae.map((formula) => [
      room(formula, width),
      formula.firstElementChild.getBoundingClientRect().width,
    ]);
    formulae.forEach((formula, i) => {
      const [place, wide] = widths[i];
      if (place > 0 && wide > place) {
        const scale = Math.max(LEAST, (place - 2) / wide);
        formula.style.fontSize = `${parseFloat(formula.dataset.size) * scale}%`;
      }
    });
  }

  function whenTypeset() {
    if (window.MathJax && MathJax.startup && MathJax.startup.promise) MathJax.startup.promise.then(() => fit(document));
  }

  let theme = null;
  window.addEventListener("load", whenTypeset);
  window.addEventListener("resize", () => fit(document));
  // A formula in a fold gets its width when it is opened.
  document.addEventListener("toggle", (event) => fit(event.target), true);
  window.addEventListener("beforeprint", () => {
    theme = document.documentElement.dataset.theme; // paper is white
    document.documentElement.dataset.theme = "light";
    fit(document, PAPER);
  });
  window.addEventListener("afterprint", () => {
    document.documentElement.dataset.theme = theme;
    fit(document);
  });
})();
