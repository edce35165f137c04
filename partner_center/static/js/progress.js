// Follows a running change and shows its result when it is done; also says that a result was read.
// Without this script the page has a Refresh link, and a button says "read".
"use strict";
(() => {
  const box = document.querySelector("[data-progress]");
  const find = (name) => box.querySelector(`[data-progress-${name}]`);
  const plain = document.title.replace(/^\([^)]*\)\s*(–\s*)?/, "");
  let pause = 1000;
  let quarter = -1;
  let timer = 0;

  function show(state) {
    find("bar").value = state.done;
    find("bar").max = Math.max(state.total, 1);
    find("text").textContent = state.text;
    find("sums").textContent = state.sums;
    for (const name of ["left", "waiting"]) {
      find(name).textContent = state[name];
      find(name).hidden = !state[name];
    }
    const failures = state.failures.map((text) => {
      const line = document.createElement("li");
      line.textContent = text;
      return line;
    });
    const first = failures.length && !find("failures").children.length;
    find("failures").replaceChildren(...failures);
    document.title = `(${state.done}/${state.total}) ${plain}`;
    const passed = Math.floor(state.percent / 25);
    if (first || (passed > quarter && quarter >= 0)) {
      const text = [state.text, ...(first ? state.failures : [])].join(". ");
      document.dispatchEvent(new CustomEvent("say", { detail: text }));
    }
    quarter = passed;
  }

  async function look() {
    timer = 0;
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      if (answer.ok) {
        const state = await answer.json();
        if (state.finished || state.mode !== box.dataset.mode) return location.reload();
        show(state);
      }
    } catch { /* the network came and went: the next look tells */ }
    pause = Math.min(pause * 1.3, 5000);
    later();
  }

  function later() {
    if (!document.hidden && !timer) timer = setTimeout(look, pause);
  }

  if (box) {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      timer = 0;
      if (!document.hidden) look();
    });
    quarter = Math.floor((find("bar").value / find("bar").max) * 4);
    later();
  }

  const seen = document.querySelector("#seen");
  if (seen) fetch(seen.action, { method: "POST", body: new URLSearchParams(new FormData(seen)), redirect: "manual" });
})();
