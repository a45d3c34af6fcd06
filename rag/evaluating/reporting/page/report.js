// What the page does by itself: the list of cases, its filters, and a case when it is opened.
// In: the JSON that stands in the page. Asks no machine for anything. Cuts no text by offsets:
// marks arrive as pieces.

const PIECE_CLASSES = ["", "cited", "gold", "cited gold"];
const OVERRIDES = /([\u202d\u202e])/;
const MARKER = / ?\[(\d{1,4})\]/;

const at = (id) => document.getElementById(id);
const index = JSON.parse(at("index").textContent);
const cases = index.cases;
const chunks = new Map();
const fields = ["stage", "tag", "document"];
let page = 0;
let shown = cases;

// Small pieces.

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
  return element;
}

// Text as nodes; a character that forces a reading direction is written out, not obeyed.
function words(text) {
  return text.split(OVERRIDES).map((part) => {
    if (!OVERRIDES.test(part)) return part;
    const code = `U+${part.codePointAt(0).toString(16).toUpperCase()}`;
    return make("span", { className: "control", title: "A character that reverses text" }, code);
  });
}

const said = (name, className, text) => make(name, { className, dir: "auto" }, words(text));

function section(title, ...children) {
  return make("section", {}, make("h3", {}, title), ...children);
}

const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// The list.

function haystack(row) {
  row.words ??= [row.id, row.question, row.expected, row.given].join("\n").toLowerCase();
  return row.words;
}

function wanted() {
  const terms = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const [stage, tag, source] = fields.map((field) => at(field).value);
  return cases.filter(
    (row) =>
      (stage === "" ||
        (stage === "failures" ? !index.fine.includes(row.stage) : row.stage === Number(stage))) &&
      (tag === "" || row.tags.includes(Number(tag))) &&
      (source === "" || row.documents.includes(Number(source))) &&
      terms.every((term) => haystack(row).includes(term)),
  );
}

function gist(name, text) {
  return text ? make("span", { className: "gist" }, make("b", {}, name), said("bdi", "", text)) : null;
}

function entry(row) {
  const [stage, tone] = index.stages[row.stage];
  const tags = row.tags.map((tag) => index.tags[tag]);
  // The name stands on what can be focused, so that a browser that follows an address goes there.
  const summary = make(
    "summary",
    { id: `case-${row.id}` },
    make("span", { className: "stage" }, make("i", { className: `dot ${tone}` }), stage),
    said("span", "question", row.question),
    said("span", "name", [...tags, row.id].join(" · ")),
    gist("expected", row.expected),
    gist("given", row.given),
  );
  const element = make("details", { className: "case" }, summary);
  element.addEventListener("toggle", () => {
    if (!element.open) return;
    fill(element, row);
    history.replaceState(null, "", `#case-${encodeURIComponent(row.id)}`);
  });
  return element;
}

function render() {
  const pages = Math.max(1, Math.ceil(shown.length / index.chunk));
  page = Math.min(page, pages - 1);
  const first = page * index.chunk;
  const filtered = shown.length !== cases.length;
  at("list").replaceChildren(...shown.slice(first, first + index.chunk).map(entry));
  at("count").textContent = filtered
    ? `${shown.length.toLocaleString("en")} of ${counted(cases.length, "case")}`
    : counted(cases.length, "case");
  at("clear").hidden = !filtered;
  at("pages").hidden = pages === 1;
  at("page").textContent = `Page ${page + 1} of ${pages}`;
  at("previous").disabled = page === 0;
  at("next").disabled = page === pages - 1;
}

function refilter() {
  page = 0;
  shown = wanted();
  for (const link of document.querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
  for (const field of fields) {
    const name = at(field).selectedOptions[0].dataset.name;
    if (name === undefined) continue;
    for (const link of document.querySelectorAll(`a[data-${field}]`)) {
      if (link.dataset[field] === name) link.setAttribute("aria-current", "true");
    }
  }
  render();
}

function clear() {
  at("search").value = "";
  for (const field of fields) at(field).value = "";
  refilter();
}

function turn(by) {
  page += by;
  render();
  at("cases").scrollIntoView();
}

// One case.

function bodyOf(row) {
  const place = cases.indexOf(row);
  const number = Math.floor(place / index.chunk);
  if (!chunks.has(number)) chunks.set(number, JSON.parse(at(`chunk-${number}`).textContent));
  return chunks.get(number)[place % index.chunk];
}

function fill(element, row) {
  if (element.childElementCount > 1) return;
  const body = bodyOf(row);
  const left = [history_(body), expectation(body), reply(element, body), statements(element, body)];
  const right = [evidence(body)];
  element.append(
    make(
      "div",
      { className: "body" },
      make("div", { className: "side" }, left, gold(body), numbers(body)),
      make("div", { className: "side" }, right, hits(body)),
    ),
  );
}

function history_(body) {
  if (!body.history.length) return null;
  const turns = body.history.map(([role, text]) =>
    make("p", { className: "turn" }, make("b", {}, role), said("span", "", text)),
  );
  return section("Before", turns);
}

function expectation(body) {
  const parts = body.answers.map((group) =>
    make("li", {}, group.flatMap((text, place) => [place ? make("em", {}, " or ") : null, said("bdi", "", text)])),
  );
  const children = [
    body.answerable ? null : make("p", {}, "A refusal: the documents hold no answer."),
    parts.length ? make("ul", { className: "answers" }, parts) : null,
    body.reference ? said("p", "prose", body.reference) : null,
    body.asOf ? make("p", { className: "soft" }, `asked as of ${body.asOf}`) : null,
  ].filter(Boolean);
  return section("Expected", children.length ? children : make("p", { className: "soft" }, "Nobody said."));
}

function marker(element, body, number) {
  const source = body.evidence.find((told) => told.number === number);
  if (!source) return `[${number}]`;
  const button = make("button", { type: "button", className: "marker", title: source.title }, String(number));
  button.setAttribute("aria-label", `Source ${number}`);
  button.addEventListener("click", () => {
    for (const card of element.querySelectorAll("[data-active]")) card.removeAttribute("data-active");
    const card = element.querySelector(`[data-number="${number}"]`);
    card.setAttribute("data-active", "");
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  });
  return button;
}

function reply(element, body) {
  const title = body.refusal ? `Given: a refusal, ${body.refusal.replace("_", " ")}` : "Given";
  if (body.error) return section(title, said("p", "error", body.error));
  if (!body.asked) return section(title, make("p", { className: "soft" }, "Retrieval only: no answer was asked for."));
  const parts = body.text.split(MARKER);
  const nodes = parts.map((part, n) => (n % 2 ? marker(element, body, Number(part)) : words(part)));
  return section(
    title,
    make("div", { className: body.refusal ? "prose refusal" : "prose", dir: "auto" }, nodes),
    body.missing ? make("p", { className: "missing" }, make("b", {}, "Not in the documents. "), words(body.missing)) : null,
  );
}

function statements(element, body) {
  if (!body.statements.length) return null;
  const items = body.statements.map((told) => {
    const sources = told.numbers.map((number) => marker(element, body, number));
    const verdict = make("span", { className: `verdict ${told.verdict.replace(" ", "-")}` }, told.verdict);
    return make("li", {}, said("span", "", told.text), " ", sources, " ", verdict);
  });
  return section("Statements", make("ol", { className: "statements" }, items));
}

function gold(body) {
  const item = ([text, reached], kind) =>
    make("li", {}, said(kind, "", text), make("span", { className: `reached ${reached.replaceAll(" ", "-")}` }, reached));
  const items = [
    body.quotes.map((quote) => item(quote, "q")),
    body.documents.map((source) => item(source, "bdi")),
    body.absent.map((name) => item([name, "not in the library"], "bdi")),
  ].flat();
  return items.length ? section("Gold words and documents", make("ul", { className: "gold-list" }, items)) : null;
}

function numbers(body) {
  const pairs = [...body.scores, ...body.facts];
  const rows = pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return rows.length ? section("Scores and times", make("dl", { className: "numbers" }, rows)) : null;
}

function evidence(body) {
  if (!body.evidence.length) return body.asked ? section("Evidence", make("p", { className: "soft" }, "Nothing was read.")) : null;
  const key = make("p", { className: "key" }, make("mark", { className: "cited" }, "cited"), " ", make("mark", { className: "gold" }, "gold words"));
  return make("section", {}, make("h3", {}, "Evidence as the model read it"), key, body.evidence.map(card));
}

function card(told) {
  const pieces = told.pieces.map(([text, flags]) =>
    flags ? make("mark", { className: PIECE_CLASSES[flags] }, words(text)) : words(text),
  );
  const cited = told.pieces.some(([, flags]) => flags & 1);
  const element = make(
    "article",
    { className: cited ? "card cited" : "card", tabIndex: -1 },
    make("header", {}, make("span", { className: "number" }, String(told.number)), said("b", "", told.title)),
    make("blockquote", { dir: "auto" }, pieces),
    said("p", "origin", told.origin),
  );
  element.dataset.number = told.number;
  return element;
}

function hits(body) {
  if (!body.hits.length) return null;
  const column = (name, className = "") => make("th", { scope: "col", className }, name);
  const head = make("tr", {}, column("rank", "n"), column("document"), column("score", "n"), column("reranker", "n"), column("gold"), column("shown"));
  const rows = body.hits.map(([path, where, score, reranker, held, wasShown], place) =>
    make(
      "tr",
      { className: held ? "held" : "" },
      make("td", { className: "n" }, String(place + 1)),
      make("td", {}, said("bdi", "path", path), " ", make("span", { className: "soft" }, where)),
      make("td", { className: "n" }, score),
      make("td", { className: "n" }, reranker),
      make("td", {}, held),
      make("td", {}, wasShown ? "yes" : ""),
    ),
  );
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, rows));
  const box = make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Hits" }, table);
  return section(`Hits, best first (${body.hits.length})`, box);
}

// Addresses: #case-ID shows and opens that case, whatever the filters say.

function go() {
  if (!location.hash.startsWith("#case-")) return;
  let name = location.hash.slice(6);
  try {
    name = decodeURIComponent(name);
  } catch {
    // a hand-written address: taken as it stands
  }
  const row = cases.find((one) => one.id === name);
  if (!row) return;
  if (!shown.includes(row)) clear();
  page = Math.floor(shown.indexOf(row) / index.chunk);
  render();
  const summary = at(`case-${row.id}`);
  summary.parentElement.open = true;
  fill(summary.parentElement, row);
  summary.focus({ preventScroll: true });
  summary.scrollIntoView();
}

// The beginning.

function choices(field, all, names) {
  at(field).append(
    make("option", { value: "" }, all),
    ...names.map(([name, value]) => {
      const option = make("option", { value: String(value) }, name);
      option.dataset.name = name;
      return option;
    }),
  );
  at(field).addEventListener("change", refilter);
  at(field).parentElement.hidden = names.length === 0;
}

const present = new Set(cases.map((row) => row.stage));
const stages = index.stages.map(([name], number) => [name, number]).filter(([, number]) => present.has(number));
choices("stage", "All stages", [["all failures", "failures"], ...stages]);
choices("tag", "All tags", index.tags.map((name, number) => [name, number]));
choices("document", "All documents", index.documents.map((name, number) => [name, number]));
at("search").addEventListener("input", refilter);
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("clear").addEventListener("click", clear);
at("previous").addEventListener("click", () => turn(-1));
at("next").addEventListener("click", () => turn(1));
addEventListener("hashchange", go);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-stage], a[data-tag], a[data-document]");
  if (!link) return;
  event.preventDefault();
  const [field] = Object.keys(link.dataset);
  const name = link.dataset[field];
  const again = link.getAttribute("aria-current") === "true";
  clear();
  const option = [...at(field).options].find((one) => one.dataset.name === name);
  if (option && !again) at(field).value = option.value;
  refilter();
  at("cases").focus({ preventScroll: true });
  at("cases").scrollIntoView();
});

at("filters").hidden = false;
document.querySelector(".count").hidden = false;
render();
// The bodies of the cases stand behind this script: a list is there before they are all read.
addEventListener("DOMContentLoaded", go);
