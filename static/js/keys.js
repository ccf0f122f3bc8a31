/*
Keys that are written where they work.

data-key="U"           pressing U clicks the link or button, focuses the field, opens the <details>
data-key-label="..."   what the map of keys says, else the element's own words
data-first             what is focused when the <details> around it is opened by its key, else its first button
                       the same key in several groups (role=group): each press goes on to the next one
data-key-scope         on a <details>: while it is open its keys come first, Escape closes it
data-enter             a field in which Enter presses the screen's Enter button
data-dismiss           a button that removes the closest .message; data-copy="id" copies a field
?                      shows the map of all keys on the screen (the <dialog id="keys">)
data-key-ticks         what the key does is for ticked rows: where none is ticked, the row that one is on is ticked first
Rows: data-row on each row, j / k or the arrows move, x ticks, Enter follows [data-row-open], and a key presses what has
it as data-row-key in the row.
*/
const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Backspace: "⌫", Escape: "Esc" };

const keyOf = (event) => NAMES[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
const visible = (element) => element.checkVisibility(); // false inside a closed <details>, too

function typing(target) {
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target.tagName === "INPUT" && !["checkbox", "radio", "range", "button", "submit", "file"].includes(target.type);
}

function find(key) {
  const scopes = [...document.querySelectorAll("details[data-key-scope][open]")].reverse();
  for (const scope of [...scopes, document]) {
    const found = [...scope.querySelectorAll("[data-key]")].filter((one) => one.dataset.key === key && visible(one));
    const here = found.findIndex((one) => one.closest("[role=group]")?.contains(document.activeElement));
    if (found.length) return found[here + 1] ?? found[0];
  }
  return null;
}

let before = null; // what had the focus when a key opened a <details>

function press(element) {
  if (element.matches("input:not([type=submit], [type=button], [type=radio], [type=checkbox], [type=file]), textarea, select")) {
    element.focus();
    if (typing(element)) element.select?.();
    return;
  }
  const focused = document.activeElement;
  element.click();
  element.control?.focus();
  const details = element.closest("summary")?.parentElement;
  if (details) before = focused;
  if (details?.open) (details.querySelector("[data-first]") ?? details.querySelector("button, a"))?.focus();
}

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter(visible);
  if (!rows.length) return false;
  const now = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + step))];
  if (now >= 0) rows[now].removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function onRow(key) {
  if (key === "J" || key === "↓") return moveRow(1);
  if (key === "K" || key === "↑") return moveRow(-1);
  const row = document.querySelector('[data-row][aria-current="true"]');
  if (!row) return false;
  if (key === "X") row.querySelector('input[type="checkbox"]')?.click();
  else if (key === "Enter") row.querySelector("[data-row-open]")?.click();
  else if (document.querySelector(`[data-key-ticks][data-key="${CSS.escape(key)}"]`)) {
    const box = row.querySelector('input[type="checkbox"]');
    if (!box || box.checked) return false;
    box.click();
    press(find(key));
  } else {
    const what = row.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
    if (!what) return false;
    what.click();
  }
  return true;
}

function escape(target) {
  const open = [...document.querySelectorAll("details[data-key-scope][open], details.menu[open]")].pop();
  if (open) {
    open.open = false;
    // Back to where one was, so that the next key means what it meant before.
    if (before === document.body) document.activeElement.blur();
    else (before?.isConnected ? before : open.querySelector("summary")).focus();
    before = null;
  } else if (typing(target)) target.blur();
}

function showMap() {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const list = dialog.querySelector("dl");
  const entries = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    const words = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent;
    if (visible(element) && !entries.has(element.dataset.key)) entries.set(element.dataset.key, words);
  }
  if (document.querySelector("[data-row]")) {
    entries.set("J", "Next row").set("K", "Row before");
    if (document.querySelector('[data-row] input[type="checkbox"]')) entries.set("X", "Tick the row");
    if (document.querySelector("[data-row] [data-row-open]")) entries.set("Enter", "Open the row");
    for (const one of document.querySelectorAll("[data-row] [data-row-key]")) entries.set(one.dataset.rowKey, one.dataset.keyLabel);
  }
  entries.set("?", "This map").set("Esc", "Close");
  list.replaceChildren(
    ...[...entries].map(([key, words]) => {
      const line = document.createElement("div");
      const term = document.createElement("dd");
      const cap = document.createElement("kbd");
      const what = document.createElement("dt");
      cap.textContent = key;
      what.textContent = words.replace(/\s+/g, " ").trim().replace(new RegExp(`\\s${key === "?" ? "\\?" : key}$`), "");
      term.append(cap);
      line.append(what, term);
      return line;
    }),
  );
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
  const key = keyOf(event);
  if (key === "Esc") return escape(event.target);
  if (key === "Enter" && event.target.matches("[data-enter]")) {
    event.preventDefault();
    if (!event.repeat) find("Enter")?.click();
    return;
  }
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if ((key === "Enter" || key === "Space") && event.target.matches("a, button, summary, label, select")) return;
  if (key === "Space") return;
  if (key === "?") {
    event.preventDefault();
    return showMap();
  }
  // What a key means on the row that one is on comes before what it means on the screen.
  const own = document.querySelector(`[data-row][aria-current="true"] [data-row-key="${CSS.escape(key)}"]`);
  const target = own && visible(own) ? own : find(key);
  if (target) {
    event.preventDefault();
    if (event.repeat) return;
    if (target.matches("[data-key-ticks]") && !document.querySelector('[data-row] input[type="checkbox"]:checked')) {
      document.querySelector('[data-row][aria-current="true"] input[type="checkbox"]')?.click();
    }
    press(target);
  } else if (onRow(key)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-keys-show]")) return showMap();
  event.target.closest("[data-dismiss]")?.closest(".message")?.remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).value);
    copy.textContent = "Copied";
  }
});
