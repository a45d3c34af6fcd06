// The Evaluate tab: asks the server for its parts when it is opened, and while a run goes on.
// In: pieces of HTML from /evaluate/…. Asks no other machine for anything.

const EVERY = 1000; // milliseconds between two looks at a run

class EvaluateDesk extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.closest("[data-form]")) this.start();
      else this.compare();
    });
    this.addEventListener("click", (event) => this.clicked(event));
    this.at("sets").addEventListener("change", () => this.describe());
    // Opening the tab shows the present state; nothing is asked for while it is out of sight.
    new IntersectionObserver(([seen]) => this.opened(seen.isIntersecting)).observe(this);
  }

  at(name) {
    return this.querySelector(`[data-${name}]`);
  }

  opened(visible) {
    if (visible === this.visible) return;
    this.visible = visible;
    if (!visible) return;
    this.chooseSets();
    this.look();
    this.list();
  }

  async chooseSets() {
    const chosen = this.at("sets").value;
    await this.fill("sets", "/evaluate/sets");
    if ([...this.at("sets").options].some((one) => one.value === chosen)) {
      this.at("sets").value = chosen;
    }
    this.describe();
  }

  describe() {
    const name = this.at("sets").value;
    if (name) this.fill("about", `/evaluate/set?name=${encodeURIComponent(name)}`);
  }

  list() {
    this.fill("runs", "/evaluate/runs");
  }

  // Puts a piece of HTML in its place; an error is put there as a line.
  async fill(name, address) {
    const place = this.at(name);
    const asked = (place.asked = (place.asked ?? 0) + 1);
    const { html, error } = await piece(address);
    if (asked !== place.asked) return;
    if (html === undefined) place.replaceChildren(line(error));
    else place.innerHTML = html;
  }

  // A run: begun, watched, stopped.

  start() {
    const size = this.at("size").value.trim();
    this.tell(
      "error",
      /^\d*$/.test(size) && size !== "0"
        ? ""
        : "Cases: write a whole number, or nothing for all of them.",
    );
    if (this.at("error").textContent) return;
    this.order("/evaluate/start", {
      test_set: this.at("sets").value,
      size: size ? Number(size) : null,
      search_only: this.at("search").checked,
      again: this.at("again").checked,
    });
  }

  async order(address, what) {
    this.tell("error", "");
    const told = await sentTo(address, what);
    if (told.error) this.tell("error", told.error);
    else this.take(told);
  }

  take(state) {
    const place = this.at("job");
    const focused = place.contains(document.activeElement);
    if (place.shown !== state.html) place.innerHTML = place.shown = state.html;
    if (focused) (place.querySelector("button") ?? this.at("shown")).focus();
    this.tell("told", state.told);
    if (this.open && !state.open) {
      this.list();
      if (state.run) this.show(state.run, false);
    }
    this.open = state.open;
    clearTimeout(this.waiting);
    if (state.open) this.waiting = setTimeout(() => this.look(), EVERY);
  }

  async look() {
    if (!this.visible || document.hidden) {
      if (this.open) this.waiting = setTimeout(() => this.look(), EVERY);
      return;
    }
    const told = await sentTo("/evaluate/job");
    if (!told.error) this.take(told);
    else if (this.open) this.waiting = setTimeout(() => this.look(), 3 * EVERY);
  }

  tell(name, words) {
    if (this.at(name).textContent !== words) this.at(name).textContent = words;
  }

  // What is shown of runs.

  async show(run, move = true) {
    await this.fill("shown", `/evaluate/run?name=${encodeURIComponent(run)}`);
    if (move) this.bring();
  }

  async compare() {
    const [a, b] = ["a", "b"].map((side) => this.querySelector(`#evaluate-${side}`).value);
    this.tell("pair-error", a === b ? "Choose two different runs." : "");
    if (a === b) return;
    await this.fill("shown", `/evaluate/comparison?${new URLSearchParams({ a, b })}`);
    this.bring();
  }

  bring() {
    this.at("shown").focus({ preventScroll: true });
    this.at("shown").scrollIntoView({ block: "start" });
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-stop]")) this.order("/evaluate/stop", {});
    else if (button.dataset.show) this.show(button.dataset.show);
    else if (button.dataset.goOn) this.order("/evaluate/go-on", { run: button.dataset.goOn });
    else if (button.matches("[data-shut]")) this.at("job").replaceChildren();
  }
}

async function piece(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? { html: await answer.text() } : await answer.json();
  } catch {
    return { error: "The program cannot be reached: is it still running?" };
  }
}

async function sentTo(address, what) {
  const headers = { "Content-Type": "application/json" };
  const options = what && { method: "POST", headers, body: JSON.stringify(what) };
  try {
    return await (await fetch(address, options)).json();
  } catch {
    return { error: "The program cannot be reached: is it still running?" };
  }
}

function line(words) {
  const told = document.createElement("p");
  told.className = "error";
  told.setAttribute("role", "alert");
  told.textContent = words;
  return told;
}

customElements.define("evaluate-desk", EvaluateDesk);
