// The settings tab: fetches itself when it is opened, and sends what is changed.

class SettingsTab extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("submit", (event) => this.apply(event));
    this.addEventListener("click", (event) => this.choose(event));
    this.addEventListener("input", (event) => {
      if (event.target.name === "limit") this.querySelector('[value="own"]').checked = true;
    });
    new IntersectionObserver(([entry]) => entry.isIntersecting && this.refresh()).observe(this);
  }

  get place() {
    return this.querySelector("[data-page]");
  }

  // What is being typed stays: only a page that holds no focus is fetched anew.
  async refresh() {
    if (this.place.contains(document.activeElement)) return;
    await this.fetch();
  }

  async fetch() {
    const answer = await fetch("/settings/page");
    if (answer.ok) this.place.innerHTML = await answer.text();
    else this.place.textContent = (await answer.json()).error;
  }

  async send(given) {
    const answer = await fetch("/api/settings", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    return answer.ok ? "" : (await answer.json()).error;
  }

  async apply(event) {
    event.preventDefault();
    const form = event.target;
    const chosen = new FormData(form);
    const own = chosen.get("strictness") === "own";
    const error = await this.send({
      strictness: own ? chosen.get("limit") : "",
      unsupported: chosen.get("unsupported"),
    });
    const told = form.querySelector('[role="status"]');
    told.className = error ? "error" : "";
    told.textContent = error || "Applied: the next answer is given so.";
  }

  async choose(event) {
    const button = event.target.closest("[data-generator]");
    if (!button) return;
    const name = button.dataset.generator;
    const error = await this.send({ generator: name });
    if (error) return void (this.querySelector('[data-part="error"]').textContent = error);
    await this.fetch();
    this.querySelector("[data-told]").textContent = `${name} is used from the next start on.`;
  }
}

customElements.define("settings-tab", SettingsTab);
