/*
Keeps parts of a screen up to date without losing place, selection or what is being typed.

<main data-live="/address" data-live-seconds="1.5">  asks that address (with its ETag) and gets HTML whose top-level
elements carry ids; each element with that id on the screen is brought to the new state node by node. Nodes that did
not change are not touched; nodes with an id are moved, not made anew. `open`, the row that one is on, checked boxes and typed
text belong to the person, not to the server, and so do `style` (it only ever comes from a script) and what stands in
[data-live-keep]. An answer for a part that has left the screen meanwhile is dropped. .live[data-live-sign] says when the connection is lost.
*/
const OURS = new Set(["open", "style", "data-view", "data-turned", "data-open"]);

function sameKind(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
}

// Of radio buttons of which a person has pressed one, the server's choice comes too late.
function isChosen(radio) {
  if (radio.type !== "radio" || !radio.form) return false;
  return [...radio.form.elements].some((one) => one.name === radio.name && one.checked !== one.defaultChecked);
}

function bring(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.isEqualNode(fresh)) return;
  const ours = new Set([...OURS, ...(isChosen(old) ? ["checked"] : []), ...(old.matches("[data-row]") ? ["aria-current"] : [])]);
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !ours.has(name) && !(name === "class" && old.classList.contains("just-arrived"))) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!ours.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.matches("textarea, select, [data-live-keep]")) return;
  bringChildren(old, fresh);
}

// Takes a node out and returns the next one; a field in which something was typed stays until it is sent.
function leave(node) {
  const next = node.nextSibling;
  const fields = node.nodeType === Node.ELEMENT_NODE ? [...node.querySelectorAll("input.field, textarea"), ...(node.matches("input.field") ? [node] : [])] : [];
  if (!fields.some((one) => one.value !== one.defaultValue)) node.remove();
  return next;
}

function bringChildren(old, fresh) {
  const byId = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  const keyed = byId.size > 0;
  const stays = new Set([...fresh.children].map((child) => child.id).filter(Boolean));
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = child.id ? byId.get(child.id) : null;
    if (known) {
      // What goes is taken out before it, and it is moved only where the order changed: what is moved loses the focus.
      while (at && at !== known && !stays.has(at.id)) at = leave(at);
      if (known === at) at = at.nextSibling;
      else if (old.moveBefore) old.moveBefore(known, at);
      else old.insertBefore(known, at);
      bring(known, child);
    } else if (at && !at.id && sameKind(at, child)) {
      const next = at.nextSibling;
      bring(at, child);
      at = next;
    } else {
      if (child.id && keyed) child.classList.add("just-arrived");
      old.insertBefore(child, at);
    }
  }
  while (at) at = leave(at);
}

function sign(lost) {
  for (const element of document.querySelectorAll("[data-live-sign]")) {
    element.classList.toggle("is-lost", lost);
    element.textContent = lost ? "connection lost, trying again" : "live";
  }
}

async function ask(address, tag) {
  const answer = await fetch(address, {
    headers: { "X-Requested-With": "live", ...(tag ? { "If-None-Match": tag } : {}) },
    cache: "no-store",
    credentials: "same-origin",
  });
  if (answer.status === 304) return { tag, html: null };
  if (!answer.ok || answer.redirected) throw new TypeError(`answered ${answer.status}`);
  return { tag: answer.headers.get("ETag"), html: await answer.text() };
}

async function follow(root) {
  const seconds = Number(root.dataset.liveSeconds ?? 1.5);
  let tag = null;
  let misses = 0;
  while (root.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds * Math.min(8, 1 + misses)));
    if (document.hidden) continue;
    try {
      const answer = await ask(root.dataset.live, tag);
      if (!root.isConnected) return;
      tag = answer.tag;
      if (misses) sign(false);
      misses = 0;
      if (answer.html === null) continue;
      const fresh = new DOMParser().parseFromString(answer.html, "text/html");
      for (const part of [...fresh.body.children]) {
        const old = part.id ? document.getElementById(part.id) : null;
        if (old) bring(old, part);
      }
      document.dispatchEvent(new CustomEvent("live:changed"));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch says TypeError where the network or the answer failed
      misses += 1;
      if (misses > 1) sign(true);
    }
  }
}

const followed = new WeakSet();

function start() {
  for (const root of document.querySelectorAll("[data-live]")) {
    if (followed.has(root)) continue;
    followed.add(root);
    follow(root);
  }
}

start();
document.addEventListener("htmx:load", start);
