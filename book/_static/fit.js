// A formula that is wider than its place is made smaller until it fits: on a telephone, beside its number, on paper.
(function () {
  "use strict";
  const LEAST = 0.45; // of its own size; a formula that needs less should be written in more lines
  const PAPER = 640; // pixels that A4 leaves for a line

  function fit(width) {
    document.querySelectorAll("div.math > mjx-container[display=true]").forEach((formula) => {
      formula.dataset.size = formula.dataset.size || formula.style.fontSize || "100%";
      formula.style.fontSize = formula.dataset.size;
      const place = width || formula.clientWidth;
      const wide = formula.firstElementChild.getBoundingClientRect().width;
      if (place > 0 && wide > place) {
        const scale = Math.max(LEAST, (place - 2) / wide);
        formula.style.fontSize = `${parseFloat(formula.dataset.size) * scale}%`;
      }
    });
  }

  function whenTypeset() {
    if (window.MathJax && MathJax.startup && MathJax.startup.promise) MathJax.startup.promise.then(() => fit());
  }

  let theme = null;
  window.addEventListener("load", whenTypeset);
  window.addEventListener("resize", () => fit());
  document.addEventListener("toggle", () => fit(), true); // a formula in a fold gets its width when it is opened
  window.addEventListener("beforeprint", () => {
    theme = document.documentElement.dataset.theme; // paper is white
    document.documentElement.dataset.theme = "light";
    fit(PAPER);
  });
  window.addEventListener("afterprint", () => {
    document.documentElement.dataset.theme = theme;
    fit();
  });
})();
