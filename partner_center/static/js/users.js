// Ticks are sent as they are made. Without script, each button of the form sends the page's ticks.
const table = document.querySelector("[data-ticks]");
const form = table.closest("form");
const boxes = [...form.querySelectorAll("[data-tick]")];
const head = form.querySelector("[data-tick-all]");
const bar = form.querySelector("[data-bar]");
const strip = form.querySelector("[data-strip]");
const trouble = form.querySelector("[data-trouble]");
const waiting = new Map(); // user number -> ticked; what the server does not know yet
let sending = false;
let anchor = null;

function showHead() {
  const ticked = boxes.filter((box) => box.checked).length;
  head.checked = ticked > 0 && ticked === boxes.length;
  head.indeterminate = ticked > 0 && ticked < boxes.length;
  if (strip) strip.hidden = !head.checked;
}

function note(box) { waiting.set(box.value, box.checked); }

function showAnswer(answer) {
  bar.querySelector("[data-bar-text]").textContent = answer.text;
  bar.querySelector("[data-some]").hidden = answer.count === 0;
  for (const part of form.querySelectorAll("[data-selected-label]")) part.textContent = answer.label;
  form.querySelector("[data-undo]")?.remove();
  document.dispatchEvent(new CustomEvent("say", { detail: answer.text }));
}

async function send() {
  if (sending || waiting.size === 0) return;
  sending = true;
  const batch = [...waiting];
  const pick = (ticked) => batch.filter(([, on]) => on === ticked).map(([number]) => Number(number));
  try {
    const answer = await fetch(table.dataset.ticks + location.search, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": form.elements.csrf_token.value,
      },
      body: JSON.stringify({ add: pick(true), remove: pick(false) }),
    });
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok) throw new Error(answer.statusText);
    // A box ticked again meanwhile stays in the queue with its newer state.
    for (const [number, on] of batch) if (waiting.get(number) === on) waiting.delete(number);
    trouble.hidden = true;
    showAnswer(await answer.json());
  } catch {
    trouble.hidden = false;
    sending = false;
    return;
  }
  sending = false;
  send();
}

form.addEventListener("click", (event) => {
  if (event.target.closest("[data-retry]")) { send(); return; }
  const box = event.target.closest("[data-tick]");
  if (!box) return;
  if (event.shiftKey && anchor && anchor !== box) {
    const [from, to] = [boxes.indexOf(anchor), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const other of boxes.slice(from, to + 1)) {
      if (other.checked !== box.checked) { other.checked = box.checked; note(other); }
    }
  }
  anchor = box;
});

form.addEventListener("change", (event) => {
  if (event.target === head) {
    for (const box of boxes) if (box.checked !== head.checked) { box.checked = head.checked; note(box); }
  } else if (event.target.matches("[data-tick]")) {
    note(event.target);
  } else {
    return;
  }
  showHead();
  send();
});

// Firefox keeps ticks over a reload; the server's truth is what the page was made with.
for (const box of boxes) box.checked = box.defaultChecked;
if (head) showHead();
