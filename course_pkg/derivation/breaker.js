// A derivation that its reader can break. What each wrong line does stands in the HTML, computed when the page was
// made; a choice marks the line that was changed and the line that breaks, and says the outcome in a live region.
customElements.get("course-breaker") || customElements.define("course-breaker", class extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    const lines = [...this.querySelectorAll("tbody > tr:not(.note)")];
    const add = (cell, name, ...children) => {
      const e = document.createElement("span");
      e.className = name;
      e.append(...children);
      cell.append(e);
    };
    const mend = () => {
      this.querySelectorAll(".instead, .verdict").forEach((e) => e.remove());
      lines.forEach((line) => line.classList.remove("changed", "breaks"));
      this.querySelectorAll("[role=status]").forEach((e) => e.replaceChildren());
      this.querySelectorAll(".believe > button").forEach((b) => { b.hidden = true; });
    };
    this.querySelectorAll(".outcome").forEach((e) => { e.hidden = true; });
    this.addEventListener("submit", (event) => event.preventDefault());
    this.addEventListener("change", ({ target }) => {
      mend();
      const panel = target.closest(".believe"), choice = target.closest("li");
      const changed = lines[parseInt(target.value)], broken = lines[target.dataset.breaks];
      changed.classList.add("changed");
      add(changed.cells[1], "instead", choice.querySelector(".formula").cloneNode(true));
      broken.classList.add("breaks");
      add(broken.cells[3], "verdict", "breaks");
      panel.querySelector("[role=status]").textContent = choice.querySelector(".outcome").textContent;
      panel.querySelector("button").hidden = false;
    });
    this.querySelectorAll(".believe > button").forEach((button) => button.addEventListener("click", () => {
      const chosen = this.querySelector("input:checked");
      if (chosen) { chosen.checked = false; chosen.focus(); }
      mend();
    }));
    // To touch a line is to ask what else one could believe in it.
    lines.forEach((line) => line.addEventListener("click", (event) => {
      const panel = line.nextElementSibling?.querySelector(".believe");
      if (panel && !event.target.closest("a, button, summary")) panel.open = !panel.open;
    }));
  }
});
