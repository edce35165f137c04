// Assigning a product: names while one types (a combobox with list autocomplete), the page's figures live.
// Without this script the Search button lists who matches, each with an Add button.
const form = document.getElementById("assign");
const field = document.getElementById("person");
const list = document.createElement("ul");
let people = [];
let active = -1;
let typing = 0;
let turn = 0;
let work = Promise.resolve(); // what is being sent, one after the other
let open = 0; // how many of them are not answered yet

const say = (detail) => document.dispatchEvent(new CustomEvent("say", { detail }));

Object.assign(list, { id: "people", role: "listbox", hidden: true });
list.setAttribute("aria-label", field.dataset.list);
field.after(list);
for (const [name, value] of Object.entries({
  role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
})) field.setAttribute(name, value);

function show(on) {
  list.hidden = !on || people.length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
  if (list.hidden) point(-1);
}

function point(index) {
  active = index;
  [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
  const option = list.children[index];
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

function draw() {
  list.replaceChildren(...people.map((person) => {
    const option = document.createElement("li");
    option.id = `person-${person.number}`;
    option.role = "option";
    if (person.note) option.setAttribute("aria-disabled", "true");
    const name = document.createElement("bdi");
    name.textContent = person.name;
    option.append(name);
    for (const text of [person.address, person.note]) option.append(Object.assign(document.createElement("span"), { textContent: text }));
    return option;
  }));
}

async function look() {
  const mine = ++turn;
  const text = field.value.trim();
  if (text.length < 2) { people = []; show(false); return; }
  try {
    const answer = await fetch(`${field.dataset.people}?${new URLSearchParams({ q: text })}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.json();
    if (mine !== turn) return;
    people = found.people;
    draw();
    point(-1);
    show(document.activeElement === field);
    say(found.text);
  } catch {
    if (mine === turn) { people = []; show(false); say(field.dataset.offline); }
  }
}

function pick(index) {
  const person = people[index];
  if (!person) return;
  if (person.note) { say(`${person.name}: ${person.note}`); return; }
  turn += 1;
  field.value = "";
  people = [];
  show(false);
  send(`add:${person.number}`);
}

// The server keeps what is set and answers with the page: boxes, figures and the button's word come from it.
function send(go) {
  open += 1;
  work = work.then(async () => {
    const body = new URLSearchParams(new FormData(form));
    body.set("go", go);
    body.delete("q");
    const trouble = document.getElementById("trouble");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.getElementById("assign")) throw new Error("not the page");
      for (const fresh of page.querySelectorAll("[data-live]")) {
        const old = document.getElementById(fresh.id);
        const at = document.activeElement;
        if (!old || (old.contains(at) && at.matches("select, input"))) continue; // somebody is choosing there
        const more = fresh.querySelector("details");
        if (more && old.querySelector("details[open]")) more.open = true;
        old.replaceWith(document.importNode(fresh, true));
      }
      trouble.hidden = true;
      say(document.getElementById("figures").dataset.say);
    } catch {
      trouble.hidden = false;
    }
  }).finally(() => { open -= 1; });
  return work;
}

field.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(look, 150); });
field.addEventListener("blur", () => show(false));
field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const last = people.length - 1;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (list.hidden) show(true);
    if (!list.hidden) {
      event.preventDefault();
      const down = event.key === "ArrowDown";
      point(down ? (active >= last ? 0 : active + 1) : active <= 0 ? last : active - 1);
    }
  } else if (event.key === "Enter" && active >= 0) {
    event.preventDefault();
    event.stopPropagation();
    pick(active);
  } else if (event.key === "Escape") {
    if (list.hidden) field.value = "";
    show(false);
  }
});
list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
list.addEventListener("click", (event) => pick([...list.children].indexOf(event.target.closest("li"))));

// Adding and removing stay on the page; what leads away waits for what is still being sent.
form.addEventListener("submit", (event) => {
  const button = event.submitter;
  const go = button?.value ?? "";
  if (/^(add|remove|leave):/.test(go) || ["all", "clear", "undo"].includes(go)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const chips = [...form.querySelectorAll(".chip-x")];
    const place = chips.indexOf(button);
    send(go).then(() => {
      const left = form.querySelectorAll(".chip-x");
      const next = place < 0 ? null : left[Math.min(place, left.length - 1)];
      (next ?? (go.startsWith("add") ? field : document.getElementById("picked"))).focus();
    });
  } else if (open) {
    event.preventDefault();
    event.stopImmediatePropagation();
    work.then(() => form.requestSubmit(button));
  }
}, true);
let settled = 0;
form.addEventListener("change", (event) => {
  if (event.target === field) return;
  clearTimeout(settled);
  settled = setTimeout(() => send("stay"), 200);
});
form.addEventListener("click", (event) => {
  const link = event.target.closest("a[href='#apps'], a[href='#location']");
  if (link) document.querySelector(link.hash).open = true;
});
