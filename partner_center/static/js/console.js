// What every page gets from script: focus, keys, one submit for one deed. All of it works without.
const search = document.querySelector("[data-search]");
const status = document.getElementById("status");
let toSay = 0;

/** Speak in the page's one live region, after things have been quiet for half a second. */
document.addEventListener("say", (event) => {
  clearTimeout(toSay);
  toSay = setTimeout(() => { status.textContent = event.detail; }, 500);
});

document.querySelector("[data-focus]")?.focus();

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.target.form?.querySelector(".btn-primary")?.click();
  } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
    if (event.key === "?") document.getElementById("help")?.togglePopover();
  }
  if (event.key === "Escape") closeMenus(null);
  // Enter in a field beside its own button presses that button, not the form's first one.
  const own = event.target.dataset?.enter;
  if (event.key === "Enter" && own) {
    event.preventDefault();
    event.target.form.querySelector(`[name=go][value="${own}"]`).click();
  }
});

function closeMenus(target) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu.contains(target)) continue;
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
}
document.addEventListener("click", (event) => closeMenus(event.target));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset) || event.defaultPrevented) return;
  if (form.dataset.once === "sent") event.preventDefault();
  form.dataset.once = "sent";
});
// A page taken back out of the browser's memory must be usable again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) form.dataset.once = "";
});

document.addEventListener("change", (event) => {
  if ("autosubmit" in event.target.dataset) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) { print(); return; }
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  document.dispatchEvent(new CustomEvent("say", { detail: button.dataset.copied ?? "" }));
});
