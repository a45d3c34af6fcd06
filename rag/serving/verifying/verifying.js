// The Verify tab: sends a text, marks its statements as their verdicts come, shows their cards.
// In: lines of JSON from /verify/run. Asks no other machine for anything.

class VerifyDesk extends HTMLElement {
  connectedCallback() {
    if (this.found) return;
    this.found = [];
    this.form = this.at("form");
    this.box = this.querySelector("textarea");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.read(); // the fields, with which it starts
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
    this.box.addEventListener("input", () => this.count());
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.size = this.querySelector(".size");
    this.limit = this.size.textContent;
  }

  at(name) {
    return this.querySelector(`[data-${name}]`);
  }

  // What is put in.

  count() {
    const length = [...this.box.value].length, most = Number(this.box.dataset.longest);
    const told = `${length.toLocaleString("en")} of ${most.toLocaleString("en")} characters`;
    this.size.textContent = length ? told : this.limit;
    this.size.classList.toggle("over", length > most);
  }

  // What comes back.

  async start(...typed) {
    const asked = { text: this.box.value, ...window.narrowing.given(typed) };
    this.stop();
    this.found = [];
    this.at("error").textContent = "";
    const going = (this.going = new AbortController());
    try {
      const answer = await fetch("/verify/run", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(asked),
        signal: going.signal,
      });
      if (!answer.ok) throw new Error((await answer.json()).error);
      await this.follow(answer.body);
      this.end(this.found.length === this.of ? "" : "The connection broke off.");
    } catch (error) {
      if (going === this.going) this.end(going.signal.aborted ? "" : said(error));
    }
  }

  async follow(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) this.take(JSON.parse(line));
    }
  }

  take(line) {
    if (line.error) throw new Error(line.error);
    if (line.of) this.begin(line);
    else this.add(line);
  }

  begin({ text, of }) {
    this.found = [];
    this.of = of;
    this.only = "";
    this.chosenClaim = 0;
    this.at("text").innerHTML = text;
    this.at("pace").textContent = `0 of ${of}`;
    Object.assign(this.at("progress"), { max: of, value: 0 });
    for (const counter of this.querySelectorAll("[data-only]")) this.tally(counter, 0);
    this.classList.add("working");
    this.show("result");
    this.at("told").textContent = `Checking ${of} ${of === 1 ? "statement" : "statements"}.`;
    this.claim(1).focus({ preventScroll: true });
    this.at("result").scrollIntoView({ block: "nearest" });
  }

  add(line) {
    this.found.push(line);
    const claim = this.claim(line.number);
    claim.classList.add("checked", line.verdict.replace(" ", "-"));
    claim.insertAdjacentHTML("beforeend", line.mark);
    this.at("progress").value = line.number;
    this.at("pace").textContent = line.pace;
    const counter = this.querySelector(`[data-only="${line.verdict}"]`);
    this.tally(counter, Number(counter.querySelector("b").textContent) + 1);
    claim.classList.toggle("dimmed", Boolean(this.only) && line.verdict !== this.only);
    if (!this.chosenClaim || this.chosenClaim === line.number) this.choose(line.number);
  }

  tally(counter, number) {
    counter.querySelector("b").textContent = number;
    counter.hidden = !number;
    if (!number) counter.setAttribute("aria-pressed", "false");
  }

  stop() {
    this.going?.abort();
    this.going = null;
  }

  // Everything that was checked so far stays, whatever ended the work.
  end(trouble) {
    this.classList.remove("working");
    if (!this.found.length && trouble) {
      this.show("form");
      this.at("error").textContent = trouble;
      this.box.focus();
      return;
    }
    this.at("broken").textContent = trouble;
    const whole = this.found.length === this.of;
    const far = `${this.found.length} of ${this.of}`;
    const of = `${this.of} ${this.of === 1 ? "statement" : "statements"}`;
    this.at("pace").textContent = whole ? `${of} checked` : `Stopped: ${far} checked`;
    this.at("told").textContent = `${whole ? of : far} checked: ${this.summary()}.`;
  }

  summary() {
    const shown = [...this.querySelectorAll("[data-only]")].filter((one) => !one.hidden);
    return shown.map((one) => one.querySelector("b").textContent + " " + one.dataset.only).join(", ");
  }

  // What is pressed.

  clicked(event) {
    const on = (selector) => event.target.closest(selector);
    const claim = on("[data-claim]"), only = on("[data-only]"), save = on("[data-save]");
    if (claim && getSelection().isCollapsed) this.open(Number(claim.dataset.claim), false);
    else if (only) this.filter(only);
    else if (save) this.save(save.dataset.save);
    else if (on("[data-stop]")) this.halt();
    else if (on("[data-edit]")) this.edit();
    else if (on("[data-back]")) this.back();
  }

  pressed(event) {
    if (event.key === "Escape" && event.target.closest("[data-panel]")) this.back();
    const claim = event.target.closest("[data-claim]");
    if (!claim) return;
    const number = Number(claim.dataset.claim);
    const to = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (to) this.step(number, to);
    else if (event.key === "Home") this.step(0, 1);
    else if (event.key === "End") this.step(this.of + 1, -1);
    else if (event.key === "Enter" || event.key === " ") this.open(number, true);
    else return;
    event.preventDefault();
  }

  step(from, by) {
    for (let number = from + by; number >= 1 && number <= this.of; number += by) {
      if (this.claim(number).classList.contains("dimmed")) continue;
      this.choose(number);
      this.claim(number).focus();
      return;
    }
  }

  claim(number) {
    return this.at("text").querySelector(`[data-claim="${number}"]`);
  }

  choose(number) {
    const before = this.at("text").querySelector('[aria-pressed="true"]');
    before?.setAttribute("aria-pressed", "false");
    const roving = this.at("text").querySelector('[tabindex="0"]');
    if (roving) roving.tabIndex = -1;
    this.chosenClaim = number;
    this.claim(number).setAttribute("aria-pressed", "true");
    this.claim(number).tabIndex = 0;
    const line = this.found[number - 1];
    const waiting = '<p class="hint">This statement is still being checked.</p>';
    this.at("card").innerHTML = line ? line.card : waiting;
    this.at("panel").scrollTop = 0;
  }

  // At phone width the evidence stands below the text, and is brought into view.
  open(number, byKeyboard) {
    this.choose(number);
    const below = matchMedia("(max-width: 900px)").matches;
    if (byKeyboard || below) this.at("panel").focus({ preventScroll: !below });
    if (below) this.at("panel").scrollIntoView({ block: "start" });
  }

  back() {
    const claim = this.claim(this.chosenClaim);
    claim?.focus({ preventScroll: true });
    claim?.scrollIntoView({ block: "center" });
  }

  filter(counter) {
    const pressed = counter.getAttribute("aria-pressed") === "true";
    for (const one of this.querySelectorAll("[data-only]")) one.setAttribute("aria-pressed", "false");
    counter.setAttribute("aria-pressed", String(!pressed));
    this.only = pressed ? "" : counter.dataset.only;
    for (const { number, verdict } of this.found) {
      const dimmed = Boolean(this.only) && verdict !== this.only;
      this.claim(number).classList.toggle("dimmed", dimmed);
    }
    const first = this.found.find((line) => line.verdict === this.only);
    if (!first) return;
    this.choose(first.number);
    this.claim(first.number).scrollIntoView({ block: "nearest" });
  }

  halt() {
    this.stop();
    this.end("");
    this.at("edit").focus();
  }

  edit() {
    this.show("form");
    this.box.focus();
  }

  show(name) {
    this.form.hidden = name !== "form";
    this.at("result").hidden = name !== "result";
    this.at("broken").textContent = "";
  }

  save(form) {
    const text =
      form === "json"
        ? JSON.stringify({ statements: this.found.map((line) => line.statement) }, null, 2) + "\n"
        : ["# Verification", ...this.found.map((line) => line.markdown),
           ...this.found.flatMap((line) => line.notes)].join("\n\n") + "\n";
    const link = document.createElement("a");
    const type = form === "json" ? "application/json" : "text/markdown";
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `verification.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}

function said(error) {
  if (error instanceof TypeError) return "The program cannot be reached: is it still running?";
  return error.message || "Something went wrong: try again.";
}

customElements.define("verify-desk", VerifyDesk);
