// Keeps the filter panels in step: fills fields in, and says what is set and what it leaves.
// In: filters of a conversation, and what stands in the fields. Out: requests to this server, a
// panel's title and the line below its fields. Knows nothing about conversations.
//
// Gradio may run two calls of one event at once, and the first may come back last. So the fields
// are filled in one call after the other, and of the lines that come back only the newest counts.

window.narrowing = (() => {
  const FIELDS = ["publishers", "after", "before", "languages", "documents"];
  const EMPTY = { publishers: [], after: "", before: "", languages: [], documents: [] };
  const PATIENCE = 5000; // milliseconds after which a call that did not come back is given up
  let wanted = JSON.stringify(EMPTY);
  let sent = wanted;
  let filling = 0; // the timer of a call under way
  const asked = {}; // of each panel, the number of the newest request

  const given = (typed) =>
    Object.fromEntries(FIELDS.map((name, at) => [name, typed[at] ?? EMPTY[name]]));

  // Fills the fields in, unless that was done: what a person typed since then stays.
  function fill(filters = EMPTY) {
    const now = JSON.stringify(given(FIELDS.map((name) => filters[name])));
    if (now === wanted) return;
    wanted = now;
    if (!filling) send();
  }

  // Empties the fields, whatever stands in them.
  function clear() {
    wanted = "";
    fill();
  }

  function send() {
    sent = wanted;
    filling = setTimeout(filled, PATIENCE);
    window.conversationFields.fill(JSON.parse(sent));
  }

  // Called when the fields hold what was sent.
  function filled() {
    clearTimeout(filling);
    filling = 0;
    if (sent !== wanted) send();
  }

  // Says what is set in the panel whose names begin with `of`, and how many documents that leaves.
  async function tell(of, ...typed) {
    const turn = (asked[of] = (asked[of] ?? 0) + 1);
    const answer = await fetch("/conversations/narrowed", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given(typed)),
    }).catch(() => null);
    if (turn !== asked[of] || !answer?.ok) return;
    const { title, line } = await answer.json();
    if (turn !== asked[of]) return;
    document.querySelector(`#${of}filters > button span`).textContent = title;
    document.querySelector(`#${of}reach .reach`).textContent = line;
  }

  // Gradio may build its part of the page anew: then nothing stands in the fields.
  document.addEventListener("fields-mounted", () => {
    clearTimeout(filling);
    filling = 0;
    sent = wanted = JSON.stringify(EMPTY);
  });

  return { given, fill, clear, filled, tell };
})();
