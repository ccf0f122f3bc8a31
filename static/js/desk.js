/*
The desk's pictures: side by side, overlay, blink; zoom to the signature line on both; turn; brightness; and the clock
of a page that is held. Everything is found anew at each press, so that htmx may swap the desk for the next page.

[data-sheets data-view]              the stage
[data-sheet="received|issued"]       a figure; its .sheet-view scrolls, its .sheet-page grows
    data-focus="x0,y0,x1,y1"         the line that waits for a decision, in parts of the page from 0 to 1
[data-ghost data-matrix="9 numbers" data-size="w,h" data-points="w,h"]
                                     the issued page over the received one: points of the issued page to its pixels
[data-desk="view:overlay|zoom|turn|marks|more|say:ID"], input[data-desk="brightness"]; say: chooses the radio button ID
*/
let view = "side";
let zoomed = false;
let marks = true;
let brightness = "100";
let shown = null; // the received picture that is on the screen

const stage = () => document.querySelector("[data-sheets]");

function layGhost() {
  const ghost = document.querySelector("[data-ghost]");
  const page = ghost?.parentElement;
  if (!ghost || !page) return;
  const width = page.clientWidth;
  const [pixels] = (ghost.dataset.size ?? "").split(",").map(Number);
  const [points, height] = (ghost.dataset.points ?? "").split(",").map(Number);
  const m = (ghost.dataset.matrix ?? "").split(",").map(Number);
  if (m.length !== 9 || !pixels || !points) {
    ghost.style.width = "100%"; // not aligned: laid over as it is
    return;
  }
  const s = width / pixels;
  ghost.style.width = `${points}px`;
  ghost.style.height = `${height}px`;
  const [a, b, c, d, e, f, g, h, i] = m;
  ghost.style.transform = `scale(${s}) matrix3d(${a},${d},0,${g}, ${b},${e},0,${h}, 0,0,1,0, ${c},${f},0,${i})`;
}

function setView(name) {
  view = name;
  const sheets = stage();
  if (!sheets) return;
  sheets.dataset.view = name;
  for (const button of document.querySelectorAll('[data-desk^="view:"]')) {
    button.setAttribute("aria-pressed", String(button.dataset.desk === `view:${name}`));
  }
  // A page alone is wider than one of two: its line is brought back to the middle.
  if (zoomed) setZoom(true);
  layGhost();
}

function setZoom(on) {
  for (const sheet of document.querySelectorAll("[data-sheet]")) {
    const frame = sheet.querySelector(".sheet-view");
    const page = sheet.querySelector(".sheet-page");
    const [x0, y0, x1, y1] = (sheet.dataset.focus || "0.2,0.2,0.8,0.8").split(",").map(Number);
    const room = stage().getBoundingClientRect().bottom - frame.getBoundingClientRect().top - 16;
    const times = Math.min(4, Math.max(1.5, 0.75 / (x1 - x0))); // the line takes three quarters of the frame
    frame.style.height = on ? `${Math.max(320, room)}px` : "";
    page.style.width = on ? `${100 * times}%` : "";
    if (!on) continue;
    frame.scrollLeft = ((x0 + x1) / 2) * page.clientWidth - frame.clientWidth / 2;
    frame.scrollTop = ((y0 + y1) / 2) * page.clientHeight - frame.clientHeight / 2;
  }
  zoomed = on;
  document.querySelector('[data-desk="zoom"]')?.setAttribute("aria-pressed", String(on));
  layGhost();
}

function setMarks(on) {
  marks = on;
  stage()?.parentElement.classList.toggle("marks-off", !on);
  document.querySelector('[data-desk="marks"]')?.setAttribute("aria-pressed", String(on));
}

// On a telephone all but the first action is behind one button.
function setMore(bar, button) {
  const open = bar.dataset.open === undefined;
  if (open) bar.dataset.open = "";
  else delete bar.dataset.open;
  button.setAttribute("aria-expanded", String(open));
}

// The bar of a telephone says what the choice of each block says.
function showChoices() {
  for (const button of document.querySelectorAll('[data-desk^="say:"]')) {
    button.setAttribute("aria-pressed", String(document.getElementById(button.dataset.desk.slice(4))?.checked ?? false));
  }
}

function say(button) {
  const radio = document.getElementById(button.dataset.desk.slice(4));
  if (!radio) return;
  radio.checked = true;
  button.focus({ preventScroll: true });
  showChoices();
}

// What a message has to stand above.
const bar = new ResizeObserver(([entry]) => document.documentElement.style.setProperty("--desk-bar", `${entry.target.offsetHeight}px`));

function turn() {
  const page = document.querySelector('[data-sheet="received"] .sheet-page');
  if (!page) return;
  const degrees = (Number(page.dataset.turned ?? 0) + 90) % 360;
  page.dataset.turned = String(degrees);
  const fit = degrees % 180 ? Math.min(1, page.clientWidth / page.clientHeight) : 1;
  page.style.transform = degrees ? `rotate(${degrees}deg) scale(${fit})` : "";
  for (const field of document.querySelectorAll('input[name="turned"]')) field.value = String(degrees);
}

const received = () => document.querySelector('[data-sheet="received"] .sheet-page > img')?.getAttribute("src") ?? null;

// A picture that was read again stands upright by itself: how it was turned by hand means nothing any more.
function newPicture() {
  if (received() === shown) return;
  shown = received();
  const page = document.querySelector('[data-sheet="received"] .sheet-page');
  if (page) {
    page.style.transform = "";
    delete page.dataset.turned;
  }
  for (const field of document.querySelectorAll('input[name="turned"]')) field.value = "0";
  if (zoomed) setZoom(true);
}

function clock() {
  for (const element of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.round((Date.parse(element.dataset.until) - Date.now()) / 1000));
    element.textContent = left ? `Held for you ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "No longer held for you";
  }
}

// The pictures of the page that comes next: fetched and decoded while one looks at this one, and kept until it is there.
let ahead = [];
function prefetch() {
  ahead = [...document.querySelectorAll("[data-next-picture]")].map(({ dataset }) => {
    const image = new Image();
    image.src = dataset.nextPicture;
    image.decode().catch(() => {}); // one that cannot be fetched now is asked for again when it is shown
    return image;
  });
}

document.addEventListener("click", (event) => {
  const what = event.target.closest("[data-desk]")?.dataset.desk;
  if (!what) return;
  if (what.startsWith("view:")) setView(what.slice(5));
  else if (what === "zoom") setZoom(!zoomed);
  else if (what === "turn") turn();
  else if (what === "marks") setMarks(!marks);
  else if (what.startsWith("say:")) say(event.target.closest("[data-desk]"));
  else if (what === "more") setMore(event.target.closest(".desk-actions"), event.target.closest("[data-desk]"));
});

function setBrightness(percent) {
  brightness = percent;
  const slider = document.querySelector('[data-desk="brightness"]');
  if (slider) slider.value = percent;
  for (const image of document.querySelectorAll('[data-sheet="received"] .sheet-page > img')) {
    image.style.filter = percent === "100" ? "" : `brightness(${percent}%) contrast(110%)`;
  }
}

document.addEventListener("change", showChoices);
document.addEventListener("input", (event) => {
  if (event.target.dataset.desk === "brightness") setBrightness(event.target.value);
});

// What did not reach the server is said, and an answer that is no desk (one has been signed out) is followed.
const said = (words) => {
  const message = document.createElement("div");
  message.className = "message message-error";
  message.textContent = words;
  document.getElementById("messages")?.replaceChildren(message);
};
document.addEventListener("htmx:sendError", () => said("The connection is lost. Nothing was decided; press again."));
document.addEventListener("htmx:responseError", () => said("This did not work. Nothing was decided; load the page again."));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target?.id !== "desk" || /\bid="desk"/.test(xhr.responseText) || xhr.status >= 400) return;
  event.preventDefault();
  location.assign(xhr.responseURL);
});

// Zoomed pages move together, so that the same line stays beside itself.
document.addEventListener("scroll", (event) => {
  const sheet = event.target.closest?.("[data-sheet]");
  if (!sheet || !event.target.matches(".sheet-view")) return;
  for (const other of document.querySelectorAll("[data-sheet] .sheet-view")) {
    if (other === event.target || sheet.matches(":not(:hover):not(:focus-within)")) continue;
    other.scrollLeft = event.target.scrollLeft;
    other.scrollTop = event.target.scrollTop;
  }
}, true);

// A new page: view, zoom, brightness and outlines stay as they were set.
function start() {
  shown = received();
  setView(view);
  setMarks(marks);
  setBrightness(brightness);
  showChoices();
  bar.disconnect();
  const actions = document.querySelector(".desk-actions");
  if (actions) bar.observe(actions);
  clock();
  prefetch();
}

// What a refusal asks for may stand out of sight: the first block of which nothing is said yet. The bar has it at hand.
function showWanting(desk) {
  if (desk.querySelector(".bar-choices")?.checkVisibility()) return;
  const blocks = [...desk.querySelectorAll(".desk-block")];
  const wanting = blocks.find((one) => one.querySelector("input[type=radio]") && !one.querySelector("input[type=radio]:checked"));
  wanting?.scrollIntoView({ block: "center" });
}

// After a decision the next page begins where one looks first. That is said before it is painted, so nothing jumps.
function goOn() {
  start();
  const desk = document.getElementById("desk");
  desk?.querySelector("[data-begin]")?.focus({ preventScroll: true });
  if (desk?.querySelector(".desk-actions [role=alert]")) return showWanting(desk);
  if (matchMedia("(max-width: 980px)").matches) desk?.querySelector(".desk-tools, .desk-done")?.scrollIntoView();
}

document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "desk" || event.detail.target?.id === "desk") goOn(); });

// In what a search has found the arrows go up and down; Enter goes from the field to the first one.
document.addEventListener("keydown", (event) => {
  const found = event.target.closest?.(".unfold")?.querySelector("#found");
  if (!found || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const field = event.target.matches("input[name=find]");
  if (event.key === "Enter" && !field) return;
  const options = [...found.querySelectorAll("button")];
  const at = options.indexOf(event.target) + (event.key === "ArrowUp" ? -1 : 1);
  event.preventDefault();
  (options[at] ?? (at < 0 ? event.target.closest(".unfold").querySelector("input") : options.at(-1)))?.focus();
});
document.addEventListener("live:changed", () => {
  if (!stage()) return;
  newPicture();
  showChoices();
  for (const button of document.querySelectorAll('[data-desk="view:overlay"], [data-desk="view:blink"]')) {
    button.disabled = !document.querySelector("[data-ghost]");
  }
  layGhost();
  clock();
});
window.addEventListener("resize", layGhost);
start();
setInterval(clock, 1000);
