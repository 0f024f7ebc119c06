// Repairs of what the theme and its extensions leave hard to read for a screen reader (found with axe-core).
(function () {
  "use strict";
  const each = (selector, repair) => document.querySelectorAll(selector).forEach(repair);

  function repair() {
    // A label that differs from the visible text cannot be spoken: the text itself is the better name.
    each(".search-button-field, summary[aria-label]", (e) => e.removeAttribute("aria-label"));
    // What unfolds the pages below a page in the sidebar shows an arrow only.
    each("nav li > details > summary", (e) => {
      if (!e.textContent.trim()) e.setAttribute("aria-label", `Pages below ${e.parentElement.previousElementSibling.textContent}`);
    });
    // Roles of the bibliography that are deprecated, or that their parent does not allow.
    each("[role=doc-biblioentry]", (e) => e.setAttribute("role", "listitem"));
    each(".citation [role=doc-backlink]", (e) => e.removeAttribute("role"));
    // Every part of the page lies in a named region.
    each(".bd-sidebar-primary:not([role])", (e) => {
      e.setAttribute("role", "region");
      e.setAttribute("aria-label", "Book sidebar");
    });
    // What scrolls sideways can be scrolled with the keyboard.
    each("div.math, .cell_output .output, .cell_output pre, div.highlight > pre, td.step, mjx-container[display=true]", (e) => {
      if (e.scrollWidth > e.clientWidth + 1) e.setAttribute("tabindex", "0");
    });
  }

  document.addEventListener("DOMContentLoaded", repair);
  window.addEventListener("load", () => {
    repair();
    // Mathematics gets its width only when it is typeset.
    if (window.MathJax && MathJax.startup && MathJax.startup.promise) MathJax.startup.promise.then(repair);
  });
  window.addEventListener("resize", repair);
})();
