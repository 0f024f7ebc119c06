// A quiz: choose, press Check (or Enter), read why. The explanations stand in the HTML already, for paper and for
// browsers without scripts; a check copies one into a live region, which a screen reader then speaks.
customElements.get("course-quiz") || customElements.define("course-quiz", class extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.querySelectorAll("form").forEach((form, i) => {
      const answers = this.querySelectorAll("[data-question]")[i], feedback = form.querySelector(".feedback");
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const chosen = form.querySelector("input:checked");
        feedback.replaceChildren();
        if (!chosen) { feedback.textContent = "Choose one first."; return; }
        const answer = answers.querySelector(`[data-choice="${chosen.value}"]`), right = "right" in answer.dataset;
        const verdict = document.createElement("strong");
        verdict.textContent = right ? "Right. " : "Not this one. ";
        form.dataset.verdict = right ? "right" : "wrong";
        feedback.append(verdict, ...answer.querySelector("span").cloneNode(true).childNodes);
      });
      // A verdict belongs to the choice that was checked, not to the next one.
      form.addEventListener("change", () => { feedback.replaceChildren(); delete form.dataset.verdict; });
    });
  }
});
