// What the chat page does by itself: a marker shows its card, a new question comes to the top.
// In: clicks, and the HTML that the server sends. Asks no machine for anything.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 900px)");

function bringIntoView(element, block) {
  element.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
}

// Shows the section of the panel that holds the element, and marks the element if it is a card.
function show(element) {
  const section = element.closest("[data-turn]");
  if (section) {
    for (const other of document.querySelectorAll("[data-turn]")) other.hidden = other !== section;
    for (const card of document.querySelectorAll(".card[data-active]")) {
      card.removeAttribute("data-active");
    }
    if (element !== section) element.setAttribute("data-active", "");
  }
  element.focus({ preventScroll: true });
  bringIntoView(element, element.matches(".card") && !narrow.matches ? "nearest" : "start");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#evidence-"], a[href^="#answer-"]');
  const element = link && document.getElementById(link.getAttribute("href").slice(1));
  if (!element) return;
  event.preventDefault();
  show(element);
});

// The newest question is brought to the top once, so that its answer grows without scrolling.
let newest = null;
new MutationObserver(() => {
  const turns = document.querySelectorAll(".turn");
  const last = turns.length ? turns[turns.length - 1].id : null;
  if (last === newest) return;
  newest = last;
  if (turns.length > 1) bringIntoView(turns[turns.length - 1], "start");
}).observe(document, { childList: true, subtree: true });
