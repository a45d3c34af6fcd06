// Follows the conversation that the page's address names, and asks, stops and opens conversations.
// In: the server's news of a conversation, presses and keys. Out: requests to this server alone,
// and the pieces of the page that have changed. Knows nothing about what a piece shows.

(() => {
  const root = document.documentElement;
  // What scripts of the page set on pieces that the server does not know of.
  const OURS = new Set([
    ...["hidden", "data-active", "data-current"],
    ...["aria-describedby", "aria-current"],
  ]);
  let source = null; // the connection to the conversation that is followed
  let following = "";
  let unborn = ""; // the id of a conversation whose first question is on its way
  let anew = false; // whether the next news are of another conversation than the page shows
  let numbers = [];
  let editing = null; // the number of the exchange whose question is being edited
  let next = ""; // a question that was pressed instead of typed
  let nothing = ["", ""]; // what stands at the two sides before anything is asked

  const find = (id) => document.getElementById(id);
  const box = () => document.querySelector("#question textarea");
  const address = () => new URLSearchParams(location.search).get("conversation") ?? "";
  if (address()) root.toggleAttribute("data-asked", true);

  function fresh() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // --- asking ---

  // Returns what went wrong in one line, "" when nothing did.
  async function send(name, what, body = {}) {
    try {
      const answer = await fetch(`/conversation/${name}/${what}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (answer.ok) return "";
      const told = await answer.json().catch(() => ({}));
      return told.error ?? "This could not be done. Reload the page and try again.";
    } catch {
      return "The program does not answer: see whether it is still running.";
    }
  }

  function tell(line) {
    find("told").textContent = line;
    if (line) find("told").scrollIntoView({ block: "nearest" });
  }

  // Returns what is to stand in the box afterwards: the question, if it could not be asked.
  async function ask(question, ...typed) {
    const given = window.narrowing.given(typed);
    const name = address() || unborn || (unborn = fresh());
    const wrong = await send(name, "ask", { question, filters: given, instead: editing });
    tell(wrong);
    if (wrong) return question;
    edit(null);
    if (!address()) history.pushState(null, "", `/?conversation=${name}`);
    unborn = "";
    follow(name);
    return "";
  }

  async function act(what, body) {
    tell(await send(address(), what, body));
    follow(address());
  }

  function askThis(question) {
    next = question;
    window.conversationFields.read();
    box().focus();
  }

  function put(text) {
    const area = box();
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  function edit(number) {
    editing = number;
    const line = find("editing");
    line.hidden = number === null;
    line.innerHTML = number === null ? ""
      : 'Editing your last question. <button type="button" data-do="unedit">Cancel</button>';
  }

  // --- following ---

  function follow(name) {
    if (!name) return;
    if (name !== following) anew = true;
    else if (source && source.readyState !== EventSource.CLOSED) return;
    unfollow();
    following = name;
    source = new EventSource(`/conversation/${name}/events`);
    source.onmessage = (event) => hear(JSON.parse(event.data));
    source.onopen = () => root.removeAttribute("data-cut-off");
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return root.toggleAttribute("data-cut-off", true);
      leave();
      tell("This conversation is not here. Look for it under Conversations, or begin a new one.");
    };
  }

  function unfollow() {
    source?.close();
    source = null;
    following = "";
    root.removeAttribute("data-cut-off");
  }

  function hear(news) {
    if (news.gone) {
      leave();
      return tell("This conversation was deleted.");
    }
    if (anew) for (const id of ["turns", "sections"]) find(id).replaceChildren();
    anew = false;
    if (news.order) {
      numbers = news.order;
      prune("turns", "answer-");
      prune("sections", "evidence-");
      root.toggleAttribute("data-asked", numbers.length > 0);
    }
    for (const html of Object.values(news.turns ?? {})) show("turns", html);
    for (const html of Object.values(news.sections ?? {})) showSection(html);
    if (news.nothing) showNothing(news.nothing);
    if (news.title !== undefined) name(news.title);
    if (news.filters) window.narrowing.fill(news.filters);
    if (news.working !== undefined) work(news.working);
  }

  function prune(id, prefix) {
    const known = new Set(numbers.map((number) => prefix + number));
    for (const piece of [...find(id).children]) if (!known.has(piece.id)) piece.remove();
  }

  // Puts a piece of HTML, one element with an id, in its place; returns it if it is new.
  function show(id, html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const piece = holder.content.firstElementChild;
    const old = find(piece.id);
    if (old) morph(old, piece);
    else find(id).append(piece);
    return old ? null : piece;
  }

  function showSection(html) {
    const piece = show("sections", html);
    if (piece) for (const other of piece.parentElement.children) other.hidden = other !== piece;
  }

  // Changes only what differs, so that focus, selection and live regions stay where they are.
  function morph(old, made) {
    if (old.nodeType !== made.nodeType || old.nodeName !== made.nodeName) return old.replaceWith(made);
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== made.data) old.data = made.data;
      return;
    }
    for (const { name, value } of [...made.attributes]) {
      if (!OURS.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!OURS.has(name) && !made.hasAttribute(name)) old.removeAttribute(name);
    }
    const [before, after] = [[...old.childNodes], [...made.childNodes]];
    after.forEach((child, at) => (before[at] ? morph(before[at], child) : old.append(child)));
    for (const child of before.slice(after.length)) child.remove();
  }

  function work(working) {
    const waited = document.activeElement?.closest("#stop");
    root.toggleAttribute("data-working", working);
    if (!working && waited) box().focus();
    rest();
  }

  // A browser opens only a few connections to one server: pages out of sight give theirs back.
  let resting = 0;
  function rest() {
    clearTimeout(resting);
    if (!document.hidden || root.hasAttribute("data-working")) return;
    resting = setTimeout(() => document.hidden && source?.close(), 10000);
  }

  function name(title) {
    find("conversation-title").textContent = title;
    document.title = title ? `${title} – Ask your documents` : "Ask your documents";
  }

  // --- opening and leaving ---

  function showNothing(sides) {
    find("turns").innerHTML = sides[0];
    find("sections").innerHTML = sides[1];
  }

  function clear() {
    unfollow();
    numbers = [];
    edit(null);
    tell("");
    name("");
    showNothing(nothing);
    for (const state of ["data-asked", "data-working"]) root.removeAttribute(state);
  }

  function leave() {
    clear();
    window.narrowing.fill();
    history.replaceState(null, "", "/");
  }

  function begin() {
    clear();
    if (address()) history.pushState(null, "", "/");
    unborn = "";
    window.narrowing.clear();
    box().focus();
    refresh();
  }

  function open() {
    edit(null);
    tell("");
    if (address()) follow(address());
    else {
      clear();
      window.narrowing.fill();
    }
  }

  async function refresh() {
    const answer = await fetch("/start").catch(() => null);
    if (!answer?.ok) return;
    const now = await answer.json();
    const size = document.querySelector('#head a[href="/documents"]');
    if (size) size.textContent = now.documents;
    const shown = find("starters");
    if (shown.outerHTML !== now.starters) shown.outerHTML = now.starters;
  }

  // --- the list ---

  async function list() {
    const asked = new URLSearchParams({ search: find("shelf-search").value, current: address() });
    const answer = await fetch(`/conversations?${asked}`).catch(() => null);
    if (answer?.ok) find("shelf-list").innerHTML = await answer.text();
    else find("shelf-told").textContent = "The list cannot be had: see whether the program runs.";
  }

  function openList() {
    find("shelf-told").replaceChildren();
    find("shelf").showModal();
    find("shelf-search").focus();
    list();
  }

  function rename(item) {
    const title = item.querySelector("bdi").textContent;
    item.innerHTML = '<form><label class="spoken" for="shelf-name">Title</label>'
      + '<input id="shelf-name" maxlength="200" required><button>Save</button></form>';
    const field = find("shelf-name");
    field.value = title;
    field.select();
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      list();
    });
    item.firstElementChild.addEventListener("submit", async (event) => {
      event.preventDefault();
      find("shelf-told").textContent =
        (await send(item.dataset.conversation, "rename", { title: field.value })) || "Renamed.";
      list();
    });
  }

  async function remove(item) {
    const { conversation } = item.dataset;
    const title = item.querySelector("bdi").textContent;
    const wrong = await send(conversation, "remove");
    find("shelf-told").textContent = wrong || `Deleted “${title}”. `;
    if (!wrong) {
      if (conversation === address()) leave();
      const undo = Object.assign(document.createElement("button"), { type: "button" });
      undo.textContent = "Undo";
      undo.dataset.do = "restore";
      undo.dataset.conversation = conversation;
      find("shelf-told").append(undo);
      undo.focus();
    }
    list();
  }

  async function restore(button) {
    const wrong = await send(button.dataset.conversation, "restore");
    find("shelf-told").textContent = wrong || "It is back.";
    find("shelf-search").focus();
    list();
  }

  // --- presses and keys ---

  const DOES = {
    shelf: openList,
    help: () => find("help").showModal(),
    close: (button) => button.closest("dialog").close(),
    new: () => (find("shelf").close(), begin()),
    again: () => act("again"),
    edit: (button) => (edit(numbers.at(-1)), put(button.dataset.question)),
    unedit: () => (edit(null), put("")),
    ask: (button) => askThis(button.dataset.question ?? button.textContent),
    rename: (button) => rename(button.closest("li")),
    remove: (button) => remove(button.closest("li")),
    restore,
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    const filter = event.target.closest("button[data-filter]");
    const link = event.target.closest("#shelf a");
    if (button) DOES[button.dataset.do]?.(button);
    else if (filter) act("without", { filter: filter.dataset.filter });
    else if (link && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      history.pushState(null, "", link.getAttribute("href"));
      find("shelf").close();
      open();
    } else if (event.target.matches("dialog")) event.target.close();
  });

  const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || !box()?.checkVisibility()) return;
    if (event.key === "Escape") return escape(event);
    if (typing(event.target)) return;
    if (event.key === "/") box().focus();
    else if (event.key === "?") find("help").showModal();
    else return;
    event.preventDefault();
  }, true);

  // Before anybody else hears of the key: what it closes elsewhere is still open here.
  function escape(event) {
    const tips = [...document.querySelectorAll('[role="tooltip"]')];
    if (event.target.closest("#filters") || tips.some((tip) => tip.checkVisibility())) return;
    if (editing !== null) DOES.unedit();
    else if (root.hasAttribute("data-working")) act("stop");
  }

  let searching = 0;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "shelf-search") return;
    clearTimeout(searching);
    searching = setTimeout(list, 150);
  });

  document.addEventListener("visibilitychange", () => {
    rest();
    if (document.hidden) return;
    follow(address());
    refresh();
  });
  // A page that is left may be kept by the browser, its connection with it.
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && follow(address()));
  addEventListener("popstate", open);
  document.addEventListener("library-changed", refresh);
  setInterval(() => document.hidden || refresh(), 60000);

  function ready() {
    const there = window.conversationFields && find("turns") && find("sections") && box();
    if (!there) return setTimeout(ready, 30);
    nothing = [find("turns").innerHTML, find("sections").innerHTML];
    if (address()) find("turns").replaceChildren();
    open();
    refresh();
    // Gradio may build its part of the page anew: then it is filled again.
    document.addEventListener("fields-mounted", () => setTimeout(() => (unfollow(), open())));
    root.toggleAttribute("data-ready", true);
  }
  ready();

  window.conversation = {
    ask,
    askNext: (...typed) => ask(next, ...typed).then(() => undefined),
    stop: () => act("stop"),
    begin,
  };
})();
