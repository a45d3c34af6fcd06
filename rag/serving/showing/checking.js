// Checking an answer: the quote that appears over a marker, and sentences that can be selected.
// In: pointer, focus and keys, and the HTML of the answer and the panel. Uses `openInPanel` and `opened`
// of `chat.js`. What it shows is copied as text or as nodes that the server escaped.

const tip = document.createElement("div");
tip.id = "quote-tip";
tip.className = "tip";
tip.setAttribute("role", "tooltip");
tip.hidden = true;

const SHOW = 90;  // milliseconds over a marker before its quote appears
const LINGER = 220;  // and in which the pointer may cross over to it
let hovered = null;
let timer = 0;
let pointer = [0, 0];

function quotesFor(marker, card) {
  const spans = (marker.dataset.spans || "").split(" ").filter(Boolean);
  return spans.map((span) => marksOf(card, [span]).map((mark) => mark.textContent).join(""));
}

function textElement(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function filled(marker) {
  const card = document.getElementById(marker.getAttribute("href").slice(1));
  if (!card) return false;
  const passage = card.querySelector("blockquote");
  const origin = card.querySelector(".origin").cloneNode(true);
  const quotes = quotesFor(marker, card).filter(Boolean);
  const shown = quotes.map((words) => {
    const quote = textElement("blockquote", "", words);
    quote.dir = "auto";
    quote.lang = passage.lang;
    return quote;
  });
  if (!quotes.length) {
    const told = card.matches(".cited") ? "See the card for the cited words." :
      "The exact words are marked when the answer is finished.";
    shown.push(textElement("p", "hint", told));
  }
  const sentence = marker.closest(".sentence");
  const check = sentence && document.getElementById(sentence.dataset.check);
  const verdict = check && check.querySelector(".verdict");
  if (verdict) shown.push(verdict.cloneNode(true));
  tip.replaceChildren(origin, ...shown);
  return true;
}

function placeTip(marker) {
  const gap = 7;
  const box = marker.getBoundingClientRect();
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const left = Math.max(8, Math.min(box.left + box.width / 2 - width / 2, innerWidth - width - 8));
  const above = box.top - height - gap;
  tip.style.left = `${left}px`;
  tip.style.top = `${above < 8 ? box.bottom + gap : above}px`;
}

function showTip(marker) {
  clearTimeout(timer);
  if (hovered !== marker) hideTip();
  if (!filled(marker)) return;
  if (!tip.isConnected) document.body.append(tip);
  hovered = marker;
  tip.hidden = false;
  placeTip(marker);
  marker.setAttribute("aria-describedby", tip.id);
}

function hideTip() {
  clearTimeout(timer);
  if (hovered) hovered.removeAttribute("aria-describedby");
  hovered = null;
  tip.hidden = true;
}

function later(what, delay) {
  clearTimeout(timer);
  timer = setTimeout(what, delay);
}

document.addEventListener("pointerover", (event) => {
  pointer = [event.clientX, event.clientY];
  if (event.pointerType === "touch") return;
  const marker = event.target.closest?.("a.marker");
  if (marker && marker !== hovered) later(() => showTip(marker), SHOW);
  else if (marker || tip.contains(event.target)) clearTimeout(timer);
  else if (hovered && hovered !== document.activeElement) later(hideTip, LINGER);
  else if (!hovered) clearTimeout(timer);
});

// Who comes back from a card has just read the quote.
let returned = null;
document.addEventListener("returned", (event) => { returned = event.target; });

document.addEventListener("focusin", (event) => {
  const shows = event.target !== returned && event.target.matches("a.marker:focus-visible");
  returned = null;
  if (shows) showTip(event.target);
  else if (hovered && !tip.contains(event.target)) hideTip();
});

document.addEventListener("focusout", (event) => {
  if (event.target === hovered) hideTip();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("a.marker")) hideTip();
}, true);

document.addEventListener("scroll", (event) => {
  if (hovered && !tip.contains(event.target)) hideTip();
}, true);

// The answer is sent anew as it grows: the marker under the pointer is then another element.
new MutationObserver(() => {
  if (!hovered || hovered.isConnected) return;
  const under = document.elementFromPoint(...pointer)?.closest("a.marker");
  if (under) showTip(under);
  else hideTip();
}).observe(document, { childList: true, subtree: true });

// Sentences. An answer is one stop of the Tab key; the arrow keys go through its sentences.

const heard = textElement("p", "spoken", "");
heard.setAttribute("role", "status");
heard.id = "check-heard";

function checkSentence(sentence, focus) {
  const element = document.getElementById(sentence.dataset.check);
  if (!element) return;
  const markers = [...sentence.querySelectorAll("a.marker[data-spans]")];
  const spans = markers.flatMap((marker) => marker.dataset.spans.split(" "));
  openInPanel(element, { spans, from: sentence, focus });
  if (!heard.isConnected) document.body.append(heard);
  if (!focus) heard.textContent = element.querySelector(".found").textContent;
}

function sentenceAt(node) {
  const element = node && (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);
  return element && element.closest(".sentence");
}

document.addEventListener("click", (event) => {
  if (event.target.closest("a, button") || !getSelection().isCollapsed) return;
  const sentence = event.target.closest(".sentence");
  if (sentence) checkSentence(sentence, false);
});

// Words that a person selects select the sentence they begin in.
document.addEventListener("pointerup", () => {
  setTimeout(() => {
    const selection = getSelection();
    if (selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const sentence = sentenceAt(range.startContainer) || sentenceAt(range.endContainer);
    if (sentence && opened.id !== sentence.dataset.check) checkSentence(sentence, false);
  });
});

function step(key, sentences, at) {
  if (key === "Home") return 0;
  if (key === "End") return sentences.length - 1;
  const by = key === "ArrowDown" || key === "ArrowRight" ? 1 : -1;
  return at < 0 ? 0 : Math.max(0, Math.min(at + by, sentences.length - 1));
}

const STEPS = ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "Home", "End"];

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && hovered) {
    hideTip();
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const here = event.target;
  const answer = here.matches?.(".answer, .sentence") && here.closest(".answer");
  if (!answer || event.altKey || event.ctrlKey || event.metaKey) return;
  if (here.matches(".sentence") && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    checkSentence(here, true);
  } else if (STEPS.includes(event.key)) {
    const sentences = [...answer.querySelectorAll(".sentence")];
    if (!sentences.length) return;
    event.preventDefault();
    const next = sentences[step(event.key, sentences, sentences.indexOf(here))];
    next.focus({ preventScroll: true });
    bringIntoView(next, "nearest");
  }
}, true);
