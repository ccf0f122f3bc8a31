/*
Files by drag and drop, each with its own progress. The plain form underneath works without script.

<form data-upload> with one file field. Each file is posted by itself to the form's address with the header
X-Requested-With: upload. The answer is HTML for the receipt, put first into the element named by data-upload-into;
a refusal (4xx) is one sentence as plain text. data-upload-window: the whole window takes files.
data-upload-at-once: choosing a file sends it. data-upload-pick, on a link: opens the window form's choice of files. data-upload-follow: the page is loaded anew when all have been sent.
*/
const LIMIT = 2; // files under way at a time

function line(form, name) {
  const into = form.querySelector("[data-upload-progress]");
  const item = document.createElement("li");
  item.className = "uploading";
  const words = document.createElement("div");
  words.className = "uploading-name";
  const what = document.createElement("span");
  what.textContent = name;
  const state = document.createElement("span");
  state.className = "third";
  state.textContent = "waiting";
  words.append(what, state);
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Sending ${name}`);
  item.append(words, bar);
  into.append(item);
  return { item, state, bar };
}

function sentence(request) {
  const kind = request.getResponseHeader("Content-Type") ?? "";
  if (kind.startsWith("text/plain") && request.responseText) return request.responseText;
  if (request.status === 413) return "This file is larger than the server takes.";
  return "This file did not arrive. Nothing of it was kept; send it again.";
}

function send(form, file, shown) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const data = new FormData(form);
    const field = form.querySelector('input[type="file"]').name;
    data.delete(field);
    data.append(field, file, file.name);
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "upload");
    request.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      shown.bar.value = event.loaded / event.total;
      shown.state.textContent = event.loaded < event.total ? `${Math.floor((100 * event.loaded) / event.total)} %` : "being stored";
    };
    const done = (good) => {
      shown.bar.remove();
      shown.state.className = good ? "good" : "bad";
      shown.state.textContent = good ? "received" : sentence(request);
      if (good && form.dataset.uploadInto) {
        document.getElementById(form.dataset.uploadInto)?.insertAdjacentHTML("afterbegin", request.responseText);
        shown.item.remove();
      }
      resolve(good);
    };
    request.onload = () => done(request.status >= 200 && request.status < 300);
    request.onerror = () => done(false);
    request.send(data);
  });
}

async function sendAll(form, files) {
  const waiting = [...files].map((file) => ({ file, shown: line(form, file.name) }));
  let all = waiting.length > 0;
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      next.shown.state.textContent = "sending";
      all = (await send(form, next.file, next.shown)) && all;
    }
  };
  await Promise.all(Array.from({ length: LIMIT }, work));
  form.querySelector('input[type="file"]').value = "";
  if (all && form.hasAttribute("data-upload-follow")) location.reload();
}

const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const formFor = (target) => target.closest?.("[data-upload]") ?? document.querySelector("[data-upload][data-upload-window]");

function over(event, on) {
  const form = holdsFiles(event) ? formFor(event.target) : null;
  if (!form) return null;
  event.preventDefault();
  (form.querySelector(".drop") ?? form).classList.toggle("is-over", on);
  return form;
}

document.addEventListener("dragover", (event) => over(event, true));
document.addEventListener("dragleave", (event) => over(event, false));
document.addEventListener("drop", (event) => {
  const form = over(event, false);
  if (!form) return;
  form.closest("details")?.setAttribute("open", "");
  sendAll(form, event.dataTransfer.files);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-upload-at-once]");
  if (form && event.target.type === "file" && event.target.files.length) sendAll(form, event.target.files);
});
document.addEventListener("click", (event) => {
  const form = event.target.closest("[data-upload-pick]") ? document.querySelector("[data-upload][data-upload-window]") : null;
  if (!form) return;
  event.preventDefault();
  form.querySelector('input[type="file"]').click();
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-upload]");
  const field = form?.querySelector('input[type="file"]');
  if (!field?.files.length) return;
  event.preventDefault();
  sendAll(form, field.files);
});
