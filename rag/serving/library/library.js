// The library tab: fetches the list when it is opened, sends files, follows the run of indexing.
// In: pieces of HTML that the server made, and what is pressed. Asks no other machine for anything.

const AT_ONCE = 2; // files that are sent at the same time

async function piece(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.text();
}

async function post(address, given = {}) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

function delayed(act, milliseconds) {
  let waiting;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, milliseconds);
  };
}

class LibraryTab extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.wanted = { words: "", state: "", order: "path", falling: "", page: 1 };
    this.sending = new Sending(this);
    this.addEventListener("click", (event) => this.pressed(event));
    this.addEventListener("submit", (event) => this.submitted(event));
    const search = this.part("search");
    search.addEventListener(
      "input",
      delayed(() => this.want({ words: search.value, page: 1 }), 250),
    );
    this.part("sort").addEventListener("change", (event) =>
      this.want({ order: event.target.value, falling: "", page: 1 }),
    );
    new IntersectionObserver(([entry]) => (entry.isIntersecting ? this.open() : this.close()))
      .observe(this);
    // A page that is left may be kept by the browser, its connection with it.
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.checkVisibility() && this.open());
  }

  part(name) {
    return this.querySelector(`[data-part="${name}"]`);
  }

  // Opened, the tab shows the present state and follows the run; closed, it asks for nothing.
  open() {
    if (this.events) return;
    this.refresh();
    this.events = new EventSource("/library/events");
    this.events.onmessage = (event) => this.follow(JSON.parse(event.data));
  }

  close() {
    this.events?.close();
    this.events = null;
  }

  async refresh() {
    const asked = new URLSearchParams(this.wanted);
    await this.trying(async () => {
      const [list, folders] = await Promise.all([
        piece(`/library/list?${asked}`),
        piece("/library/folders"),
      ]);
      if (String(asked) !== String(new URLSearchParams(this.wanted))) return; // asked again since
      this.replaceList(list);
      this.part("folders").innerHTML = folders;
      this.part("sort").value = this.wanted.order;
    });
  }

  // A document that stands open stays open, with what was typed into it.
  replaceList(list) {
    const place = this.part("list");
    const open = place.querySelector("tr.details");
    const id = open?.dataset.for;
    const focused = place.contains(document.activeElement) && this.mark(document.activeElement);
    place.innerHTML = list;
    const row = id && place.querySelector(`[data-document="${CSS.escape(id)}"]`);
    if (row) {
      row.setAttribute("aria-expanded", "true");
      row.closest("tr").after(open);
    }
    if (focused) place.querySelector(focused)?.focus();
    const head = document.querySelector('.masthead a[href="/documents"]');
    const count = Number(place.querySelector(".size")?.dataset.documents);
    if (head) head.textContent = `${count.toLocaleString("en")} document${count === 1 ? "" : "s"}`;
  }

  // A selector that finds a button again after its list was replaced.
  mark(element) {
    const [name, value] = Object.entries(element.dataset)[0] ?? [];
    return name ? `[data-${name}="${CSS.escape(value)}"]` : element.id && `#${CSS.escape(element.id)}`;
  }

  want(changes) {
    Object.assign(this.wanted, changes);
    return this.refresh();
  }

  async trying(act) {
    try {
      this.part("error").textContent = "";
      return await act();
    } catch (error) {
      this.part("error").textContent = error.message;
    }
  }

  pressed(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const data = button.dataset;
    if ("state" in data) this.want({ state: data.state, page: 1 });
    else if (data.order) this.sortBy(data.order);
    else if (data.page && data.of) this.showPassages(button, data.of, data.page);
    else if (data.page) this.want({ page: Number(data.page) });
    else if (data.document) this.toggle(button);
    else if (data.passages) this.showPassages(button, data.passages, 1);
    else if ("remove" in data) this.remove(data);
    else if (data.restore) this.act("restore", { file: data.restore });
    else if (data.folder) this.removeFolder(data);
    else if ("stop" in data) this.act("stop");
    else if ("index" in data) this.act("index");
    else if ("clear" in data) this.sending.clear();
    else if (data.choose) this.part(data.choose).click();
  }

  sortBy(order) {
    const again = this.wanted.order === order && !this.wanted.falling;
    this.want({ order, falling: again ? "1" : "", page: 1 });
  }

  async act(name, given) {
    await this.trying(() => post(`/api/library/${name}`, given));
    await this.refreshQuietly();
  }

  // Keeps the line of an error that was just shown.
  async refreshQuietly() {
    const line = this.part("error").textContent;
    await this.refresh();
    if (line) this.part("error").textContent = line;
  }

  async toggle(button) {
    const row = button.closest("tr");
    const open = row.nextElementSibling?.matches(".details") && row.nextElementSibling;
    this.querySelectorAll("tr.details").forEach((one) => one.remove());
    this.querySelectorAll(".open").forEach((one) => one.setAttribute("aria-expanded", "false"));
    if (open) return;
    const html = await this.trying(() =>
      piece(`/library/document/${encodeURIComponent(button.dataset.document)}`),
    );
    if (!html) return;
    const details = document.createElement("tr");
    details.className = "details";
    details.dataset.for = button.dataset.document;
    details.innerHTML = `<td colspan="6">${html}</td>`;
    row.after(details);
    button.setAttribute("aria-expanded", "true");
  }

  async showPassages(button, id, page) {
    const place = button.closest("td").querySelector("[data-shown]");
    const opener = button.closest("td").querySelector("[data-passages]");
    const open = button === opener && opener.getAttribute("aria-expanded") === "true";
    opener.setAttribute("aria-expanded", String(!open));
    const address = `/library/document/${encodeURIComponent(id)}/passages?page=${page}`;
    place.innerHTML = open ? "" : ((await this.trying(() => piece(address))) ?? "");
  }

  async submitted(event) {
    event.preventDefault();
    const form = event.target;
    if (form.dataset.facts) await this.correct(form);
    else if (form.method === "dialog") form.closest("dialog").close(event.submitter.value);
    else if ((await this.trying(() => post("/api/library/folders", { folder: form.folder.value })))) {
      form.reset();
      this.refresh();
    }
  }

  async correct(form) {
    const fields = [...form.querySelectorAll("input")];
    const changed = fields.filter((field) => field.value.trim() !== field.dataset.was);
    const told = form.querySelector('[role="status"]');
    told.className = "";
    if (!changed.length) return void (told.textContent = "Nothing was changed.");
    const facts = Object.fromEntries(changed.map((field) => [field.name, field.value]));
    try {
      await post("/api/library/correct", { document: form.dataset.facts, facts });
      const html = await piece(`/library/document/${encodeURIComponent(form.dataset.facts)}`);
      const cell = form.closest("td");
      cell.innerHTML = html;
      cell.querySelector('[role="status"]').textContent = "Saved.";
      cell.querySelector('[type="submit"]').focus();
      this.refresh();
    } catch (error) {
      told.className = "error";
      told.textContent = error.message;
    }
  }

  async remove(data) {
    const also = Number(data.beside) ? ` Its file holds ${data.beside} more, which go with it.` : "";
    const told = data.sent === "true"
      ? "It was uploaded: the copy that the library keeps is deleted."
      : "The file itself stays where it is, and is passed over from now on. Under “Taken out” it can be read again.";
    if (await this.sure(`Remove “${data.name}” from the library?`, told + also)) {
      await this.act("remove", { file: data.remove });
    }
  }

  async removeFolder(data) {
    const told = "Its documents leave the library, and it is not read any more. The files stay where they are.";
    if (await this.sure(`Remove the folder ${data.folder}?`, told)) {
      await this.act("folders/remove", { folder: data.folder });
    }
  }

  sure(question, told) {
    const dialog = this.querySelector("dialog");
    dialog.querySelector("h3").textContent = question;
    dialog.querySelector("p").textContent = told;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((answer) =>
      dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }),
    );
  }

  // What the server says of the run, at once and after each change.
  follow(told) {
    const place = this.part("job");
    const open = place.querySelector("details")?.open;
    place.innerHTML = told.html;
    if (open && place.querySelector("details")) place.querySelector("details").open = true;
    this.part("reindex").disabled = told.running;
    // A short run may be over before anything was told of it.
    const another = this.number !== undefined && this.number !== told.number;
    const ended = !told.running && (this.running || another);
    if (ended) this.part("told").textContent = told.words;
    if (ended || another) this.refreshQuietly();
    this.running = told.running;
    this.number = told.number;
    this.sending.ask(told.running);
  }
}

// Files on their way: a line for each, from waiting to what became of it.
class Sending {
  constructor(tab) {
    this.tab = tab;
    this.waiting = [];
    this.stored = new Map(); // names on the server, and the lines of files that wait to be read
    this.under = 0;
    this.indexing = false;
    const drop = tab.part("drop");
    for (const name of ["files", "folder-files"]) {
      tab.part(name).addEventListener("change", (event) => {
        const found = [...event.target.files];
        this.add(found.map((file) => [file.webkitRelativePath || file.name, file]));
        event.target.value = "";
      });
    }
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    for (const name of ["dragleave", "drop"]) {
      drop.addEventListener(name, () => drop.classList.remove("over"));
    }
    drop.addEventListener("drop", async (event) => {
      event.preventDefault();
      this.add(await dropped(event.dataTransfer));
    });
  }

  add(files) {
    const left = Number(this.tab.dataset.most) - this.waiting.length;
    for (const [name, file] of files.slice(0, left)) this.waiting.push([name, file, this.line(name)]);
    if (files.length > left) this.tab.part("error").textContent = `Only ${left} files were taken.`;
    this.tab.part("sent").hidden = !this.tab.part("lines").children.length;
    this.next();
  }

  line(name) {
    const line = document.createElement("li");
    const label = document.createElement("bdi");
    label.textContent = name;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Sending ${name}`);
    const told = document.createElement("span");
    told.className = "told";
    told.textContent = "waiting";
    line.append(label, bar, told);
    this.tab.part("lines").append(line);
    return line;
  }

  next() {
    while (this.under < AT_ONCE && this.waiting.length) {
      this.under += 1;
      this.send(...this.waiting.shift()).then(() => {
        this.under -= 1;
        this.next();
        if (!this.under) this.ask(this.indexing);
      });
    }
  }

  send(name, file, line) {
    if (file.size > Number(this.tab.dataset.largest)) {
      this.say(line, "failed", `is larger than ${Number(this.tab.dataset.largest) / 1e6} MB`);
      return Promise.resolve();
    }
    line.querySelector(".told").textContent = "sending";
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", `/api/library/upload?name=${encodeURIComponent(name)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => {
        if (event.lengthComputable) line.querySelector("progress").value = event.loaded / event.total;
      };
      request.onload = () => this.answered(line, request);
      request.onerror = () => this.say(line, "failed", "could not be sent: try it again");
      request.onloadend = done;
      request.send(file);
    });
  }

  answered(line, request) {
    let told = {};
    try {
      told = JSON.parse(request.responseText);
    } catch {
      told.error = "could not be sent: try it again";
    }
    if (request.status !== 200) return this.say(line, "failed", told.error);
    if (told.state === "duplicate") return this.say(line, "duplicate", "was uploaded before");
    line.querySelector("progress").remove();
    line.querySelector(".told").textContent = "being read";
    this.stored.set(told.file, line);
  }

  // Asks what became of the files that were stored, now that a run did something.
  async ask(running) {
    this.indexing = running;
    this.again = Boolean(this.asking); // what is asked just now may be answered with what was
    if (!this.stored.size || this.asking) return;
    this.asking = true;
    try {
      const files = [...this.stored.keys()].slice(0, 500);
      const told = (await post("/api/library/uploaded", { files })).files;
      for (const [name, [state, reason]] of Object.entries(told)) this.became(name, state, reason);
    } catch {
      // The next change asks again.
    } finally {
      this.asking = false;
    }
    if (this.again) return this.ask(this.indexing);
    if (!this.stored.size && !this.under) this.tab.part("summary").textContent = this.summary();
  }

  became(name, state, reason) {
    const line = this.stored.get(name);
    if (state === "waiting") {
      if (!this.indexing) line.querySelector(".told").textContent = "stored; the next run reads it";
      return;
    }
    const words = { unchanged: "new", changed: "new", companion: "facts of other files" };
    this.say(line, words[state] ?? state, reason);
    this.stored.delete(name);
  }

  say(line, state, reason = "") {
    line.querySelector("progress")?.remove();
    line.className = state.split(" ")[0];
    line.querySelector(".told").textContent = reason ? `${state}: ${reason}` : state;
  }

  summary() {
    const lines = [...this.tab.part("lines").children];
    const counts = {};
    for (const line of lines) counts[line.className] = (counts[line.className] ?? 0) + 1;
    const told = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
    return `Uploaded files: ${told.join(", ")}.`;
  }

  clear() {
    for (const line of [...this.tab.part("lines").children]) {
      if (line.className) line.remove(); // what became of it is known
    }
    this.tab.part("sent").hidden = !this.tab.part("lines").children.length;
  }
}

// The files that were dropped, with those in folders, as pairs of path and file.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => [file.name, file]);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
    if (file && !file.name.startsWith(".")) found.push([entry.fullPath.slice(1), file]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done) => reader.readEntries(done, () => done([])));
    if (!some.length) return;
    for (const one of some) await walk(one, found);
  }
}

customElements.define("library-tab", LibraryTab);
