// Manage licenses: tri-state boxes over the radios, figures that follow, the draft kept as it grows.
// Without this script the radios, the printed boxes and the buttons do the same.
"use strict";
(() => {
  const form = document.querySelector("#manage, #plans");
  const table = document.querySelector("#products");
  if (!form || !table) return;
  const rows = [...table.querySelectorAll("[data-product]")];
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const radios = (row) => [...row.querySelectorAll("input[type=radio]")];
  const chosen = (row) => radios(row).find((radio) => radio.checked)?.value ?? "leave";
  const number = (row, name) => Number(row.dataset[name]);

  // A box shows what saving would leave; a click goes to the next choice and in the end back to Leave.
  function addBox(row) {
    const place = row.querySelector("[data-box]");
    if (!place || radios(row).length < 2) return;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "form-check-input";
    box.setAttribute("aria-label", place.dataset.label);
    box.setAttribute("aria-describedby", place.querySelector(".visually-hidden").id);
    place.querySelector("svg").replaceWith(box);
    box.addEventListener("change", (event) => {
      event.stopPropagation();
      const all = radios(row);
      choose(row, all[(all.findIndex((radio) => radio.checked) + 1) % all.length]);
    });
  }

  function choose(row, radio) {
    radio.checked = true;
    show(row);
    keepSoon();
  }

  function show(row) {
    const op = chosen(row);
    const box = row.querySelector("[data-box] input");
    if (box) {
      const left = number(row, "have") - number(row, "take");
      const state = { leave: row.querySelector("[data-box]").dataset.now, assign: "all" }[op] ?? (left ? "some" : "none");
      box.checked = state === "all";
      box.indeterminate = state === "some";
    }
    row.rows[0].classList.toggle("is-changed", op !== "leave" || !!row.querySelector(".plans .tag-chg"));
    const after = row.querySelector("[data-after]");
    if (after) {
      const before = number(row, "available");
      const then = before - (op === "assign" ? number(row, "give") : 0) + (op === "revoke" ? number(row, "take") : 0);
      const texts = [before, then].map((value) => numbers.format(Math.max(value, 0)));
      after.textContent = [...new Set(texts)].join(" → ");
    }
  }

  // The server keeps the draft and answers with the page: notes, sums and the button's word come from it.
  let timer = 0;
  let sending = null;
  let turn = 0;

  function keepSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => { sending = keep(++turn).finally(() => { sending = null; }); }, 300);
  }

  async function keep(mine) {
    if (form.id !== "manage") return;
    const body = new URLSearchParams(new FormData(form));
    body.set("go", "stay");
    const summary = document.querySelector("#summary");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== turn) return;
      if (!page.querySelector("#manage")) throw new Error("not the page");
      for (const fresh of page.querySelectorAll("[data-live]")) {
        const old = document.getElementById(fresh.id);
        if (old && !old.contains(document.activeElement)) old.replaceWith(document.importNode(fresh, true));
      }
      document.dispatchEvent(new CustomEvent("say", { detail: document.querySelector("#summary").dataset.say }));
    } catch {
      if (mine === turn) summary.textContent = summary.dataset.offline;
    }
  }

  // A late draft must not overtake the button that was pressed.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    turn += 1;
    if (!sending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    sending.finally(() => setTimeout(() => form.requestSubmit(button)));
  }, true);

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-product]");
    if (row && event.target.type === "radio") choose(row, event.target);
    else if (event.target.name) keepSoon();
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-product]");
    const open = document.querySelector(":popover-open");
    if (event.key === "Escape" && row && !open && chosen(row) !== "leave") choose(row, radios(row)[0]);
    if (event.key === "Enter" && event.target.matches("[data-filter]")) event.preventDefault();
  });

  // Finding hides rows, it never reorders or forgets them.
  const fold = (text) => text.replace(/[İIı]/g, "i").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const find = form.querySelector("[data-filter]");
  const only = form.querySelector("[data-only-changed]");
  function filter() {
    const text = fold(find.value.trim());
    for (const row of rows) {
      row.hidden = !row.dataset.name.includes(text) || !!only?.checked && !row.rows[0].classList.contains("is-changed");
    }
    form.querySelector("[data-none]").hidden = rows.some((row) => !row.hidden);
  }
  find?.addEventListener("input", filter);
  only?.addEventListener("change", (event) => { event.stopPropagation(); filter(); });

  // Who has it: the same list as the page behind the button, fetched when it is first opened.
  function addPopover(button) {
    const pop = document.getElementById(button.dataset.pop);
    if (!("popover" in pop)) return;
    pop.hidden = false;
    pop.popover = "auto";
    button.type = "button";
    button.setAttribute("popovertarget", pop.id);
    pop.addEventListener("beforetoggle", async (event) => {
      if (event.newState !== "open" || pop.dataset.loaded) return;
      pop.dataset.loaded = "yes";
      const place = pop.querySelector("[data-list]");
      try {
        const answer = await fetch(pop.dataset.from, { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        place.replaceChildren(document.importNode(page.querySelector("[data-holders]"), true));
      } catch {
        delete pop.dataset.loaded;
        place.textContent = pop.dataset.offline;
      }
    });
  }

  rows.forEach((row) => { addBox(row); show(row); });
  form.querySelectorAll("[data-pop]").forEach(addPopover);
})();
