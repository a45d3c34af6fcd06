// What the row below an answer does: copies it with its citations, exports a whole conversation,
// opens the form in which it is judged and saves what is said. In: clicks. Out: requests to this
// server alone. Without it every action is a link.

const told = document.createElement("p");
told.className = "toast";
told.setAttribute("role", "status");
told.setAttribute("aria-live", "polite");
document.body.append(told);
let hushed = 0;

function say(words) {
  told.textContent = words;
  told.dataset.shown = "";
  clearTimeout(hushed);
  hushed = setTimeout(() => delete told.dataset.shown, 4000);
}

async function fetched(address, options) {
  const reply = await fetch(address, options);
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.error);
  return body;
}

// Copying

async function copy(name) {
  const made = fetched(`/answer/${name}/copy`);
  if (navigator.clipboard && window.ClipboardItem && isSecureContext) {
    const kind = (type, key) => made.then((one) => new Blob([one[key]], { type }));
    const item = { "text/plain": kind("text/plain", "text"), "text/html": kind("text/html", "html") };
    try {
      await navigator.clipboard.write([new ClipboardItem(item)]);
      return say("Copied with citations");
    } catch { /* the browser does not allow it: as below */ }
  }
  offer(await made);
}

// Where a page may not write to the clipboard, a person copies the text from a box.
function offer(made) {
  const dialog = opened("Copy with citations");
  const box = document.createElement("textarea");
  box.readOnly = true;
  box.rows = 12;
  box.value = made.text;
  box.setAttribute("aria-label", "The answer with its citations");
  const both = (event) => {
    event.preventDefault();
    event.clipboardData.setData("text/plain", made.text);
    event.clipboardData.setData("text/html", made.html);
  };
  box.addEventListener("copy", both);
  dialog.body.append(box);
  box.select();
  if (document.execCommand("copy")) {
    dialog.close();
    say("Copied with citations");
  } else {
    say("Press Ctrl+C to copy");
  }
}

// A dialog of the page's own: Escape and the button close it, and focus returns.
function opened(title) {
  const dialog = document.createElement("dialog");
  dialog.className = "sheet";
  dialog.setAttribute("aria-label", title);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.body = document.createElement("div");
  dialog.append(close, dialog.body);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Judging

async function openJudging(name) {
  const reply = await fetch(`/answer/${name}/judging`);
  const dialog = opened("Judge this answer");
  dialog.body.innerHTML = await reply.text();
  dialog.addEventListener("close", () => showJudged([name]));
}

const waiting = new WeakMap();

function saveSoon(form) {
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => save(form), 400));
}

async function save(form) {
  clearTimeout(waiting.get(form));
  const line = form.querySelector('[role="status"]');
  try {
    const saved = await fetched(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(new FormData(form)),
    });
    form.elements.seen.value = saved.seen;
    line.textContent = saved.summary ? `Saved: ${saved.summary}` : "Saved: nothing is judged";
    for (const place of document.querySelectorAll(`[data-judged="${form.dataset.judging}"]`)) {
      tell(place, saved.summary);
    }
  } catch (error) {
    line.textContent = `Not saved: ${error.message || "the server does not answer. Try again."}`;
  }
}

function tell(place, summary) {
  place.textContent = summary ? `Judged: ${summary}` : "";
  place.dataset.known = "";
}

async function showJudged(names) {
  const asked = new URLSearchParams(names.map((name) => ["answer", name]));
  const found = await fetched(`/answers/judged?${asked}`);
  for (const place of document.querySelectorAll("[data-judged]")) {
    if (place.dataset.judged in found) tell(place, found[place.dataset.judged]);
  }
}

// Rows of the chat come and go as it is drawn anew: those that say nothing yet are asked about.
let asking = 0;
function look() {
  account();
  clearTimeout(asking);
  asking = setTimeout(() => {
    const places = [...document.querySelectorAll("[data-judged]:not([data-known])")];
    for (const place of places) place.dataset.known = "";
    const names = [...new Set(places.map((place) => place.dataset.judged))];
    if (names.length) showJudged(names.slice(-500)).catch(() => {});
  }, 150);
}

new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
look();

// Whoever is signed in finds their name, and the way out, at the end of the head.
function account() {
  const head = document.querySelector(".masthead");
  if (!head || head.querySelector(".account") || !document.querySelector('meta[name="signed-in"]')) return;
  const link = document.createElement("a");
  link.className = "account";
  link.href = "/person";
  link.textContent = "Account";
  head.append(link);
}

// Events

document.addEventListener("click", (event) => {
  const menu = event.target.closest("details.export");
  for (const open of document.querySelectorAll("details.export[open]")) {
    if (open !== menu) open.open = false;
  }
  const whole = event.target.closest("a[data-whole]");
  if (whole) {
    const names = [...document.querySelectorAll("[data-answer]")].map((row) => row.dataset.answer);
    const asked = new URLSearchParams(names.map((name) => ["answer", name]));
    whole.href = `/answers/export.${whole.dataset.whole}?${asked}`;
  }
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied.dataset.copy).catch((error) => say(`Not copied: ${error.message}`));
  const judged = event.target.closest("[data-judge]");
  if (judged && !document.getElementById("judge")) {
    event.preventDefault();
    openJudging(judged.dataset.judge).catch((error) => say(error.message));
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.export[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-judging]");
  if (form) saveSoon(form);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-judging]")) return;
  event.preventDefault();
  save(event.target);
});
