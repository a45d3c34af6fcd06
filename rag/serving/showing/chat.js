// What the chat page does by itself: a marker shows its card, a new question comes to the top.
// In: clicks, and the HTML that the server sends. Asks no machine for anything.
// `checking.js` adds the quotes that appear over markers, and sentences that can be selected.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 900px)");

// What is open in the panel: a card or the check of a sentence, the spans that are meant in the
// passages, and the element it was opened from, by which the way back leads.
const opened = { id: "", spans: [], from: null };

function bringIntoView(element, block) {
  element.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
}

// Scrolls an element of the panel into its upper third at once, without moving the page.
function bringIntoPanel(element) {
  const panel = document.getElementById("panel");
  if (!panel || !panel.contains(element)) return bringIntoView(element, "start");
  if (narrow.matches) panel.setAttribute("data-sheet", "");
  const [box, frame] = [element.getBoundingClientRect(), panel.getBoundingClientRect()];
  panel.scrollTop += box.top - frame.top - Math.min(frame.height / 3, 220);
}

function marksOf(section, spans) {
  return [...section.querySelectorAll("mark[data-spans]")].filter((mark) =>
    mark.dataset.spans.split(" ").some((span) => spans.includes(span)));
}

// Marks what is open; called again whenever the server has sent the panel anew.
function markOpened() {
  const element = opened.id && document.getElementById(opened.id);
  const section = element && element.closest("[data-turn]");
  if (!section || element.hasAttribute("data-active")) return null;
  for (const other of document.querySelectorAll("[data-turn]")) other.hidden = other !== section;
  for (const other of document.querySelectorAll("#panel [data-active], #panel [data-current]")) {
    other.removeAttribute("data-active");
    other.removeAttribute("data-current");
  }
  for (const check of section.querySelectorAll(".check")) check.hidden = check !== element;
  element.setAttribute("data-active", "");
  const within = element.matches(".card") ? element : section;
  for (const mark of marksOf(within, opened.spans)) mark.setAttribute("data-current", "");
  for (const sentence of document.querySelectorAll(".sentence[aria-current]")) {
    if (sentence.dataset.check !== opened.id) sentence.removeAttribute("aria-current");
  }
  const chosen = document.querySelector(`.sentence[data-check="${opened.id}"]`);
  if (chosen) chosen.setAttribute("aria-current", "true");
  return section;
}

// Opens a card or a check in the panel; `from` is where the way back leads.
function openInPanel(element, { spans = [], from = null, focus = true } = {}) {
  Object.assign(opened, { id: element.id, spans, from: from || opened.from });
  element.removeAttribute("data-active");
  markOpened();
  bringIntoPanel(element);
  const mark = element.querySelector("[data-current]");
  if (mark) bringIntoPanel(mark);
  if (focus) element.focus({ preventScroll: true });
}

// Closes what is open and returns to where it was opened from.
function goBack(answer) {
  const panel = document.getElementById("panel");
  const { from } = opened;
  for (const other of document.querySelectorAll("#panel [data-active], #panel [data-current]")) {
    other.removeAttribute("data-active");
    other.removeAttribute("data-current");
  }
  for (const check of document.querySelectorAll(".check")) check.hidden = true;
  for (const one of document.querySelectorAll(".sentence[aria-current]")) {
    one.removeAttribute("aria-current");
  }
  Object.assign(opened, { id: "", spans: [], from: null });
  if (panel) panel.removeAttribute("data-sheet");
  const near = from && from.isConnected && (!answer || answer.contains(from)) ? from : answer;
  if (!near) return;
  near.dispatchEvent(new CustomEvent("returned", { bubbles: true }));
  near.focus({ preventScroll: true });
  const box = near.getBoundingClientRect();
  if (box.top < 100 || box.bottom > innerHeight - 130) bringIntoView(near, "center");
}

function follow(link) {
  const element = document.getElementById(link.getAttribute("href").slice(1));
  if (!element) return false;
  if (link.matches(".back")) goBack(element);
  else if (element.matches(".card")) {
    const from = link.closest("#panel") ? null : link;
    openInPanel(element, { spans: (link.dataset.spans || "").split(" "), from });
  } else if (element.matches(".sentence")) {
    document.getElementById("panel").removeAttribute("data-sheet");
    bringIntoView(element, "center");
    element.focus({ preventScroll: true });
  } else {
    for (const other of document.querySelectorAll("[data-turn]")) other.hidden = other !== element;
    opened.from = link;
    bringIntoPanel(element);
    element.focus({ preventScroll: true });
  }
  return true;
}

document.addEventListener("click", (event) => {
  const places = ["evidence", "answer", "sentence"].map((name) => `a[href^="#${name}-"]`);
  const link = event.target.closest(places.join());
  if (link && follow(link)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const panel = document.getElementById("panel");
  const quoted = document.querySelector(".tip:not([hidden])");
  if (event.key !== "Escape" || quoted || !panel) return;
  if (!panel.hasAttribute("data-sheet") && !panel.contains(document.activeElement)) return;
  event.preventDefault();
  event.stopPropagation();
  const section = panel.querySelector("[data-turn]:not([hidden])");
  goBack(section && document.getElementById(`answer-${section.dataset.turn}`));
}, true);

// The newest question is brought to the top once, so that its answer grows without scrolling.
let newest = null;
new MutationObserver(() => {
  const turns = document.querySelectorAll(".turn");
  const last = turns.length ? turns[turns.length - 1].id : null;
  if (last === newest) {
    markOpened();
    return;
  }
  newest = last;
  Object.assign(opened, { id: "", spans: [], from: null });
  document.getElementById("panel")?.removeAttribute("data-sheet");
  if (turns.length > 1) bringIntoView(turns[turns.length - 1], "start");
}).observe(document, { childList: true, subtree: true });
