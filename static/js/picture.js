/*
The page beside the form follows what is typed and the party that one is at. htmx asks for it; here it is told which
party, [data-picture="N"], and only that party's fields and the agreement's own are sent. data-picture="" is the
agreement's own panel: it shows the party that one was at last.
*/
let at = "0";

document.addEventListener("htmx:configRequest", (event) => {
  const panel = event.target.closest("[data-picture]");
  if (!panel) return;
  at = panel.dataset.picture || at;
  event.detail.path = event.detail.path.replace(/at=\d+/, `at=${at}`);
  for (const name of [...event.detail.formData.keys()]) {
    if (name.startsWith("form-") && !name.startsWith(`form-${at}-`)) event.detail.formData.delete(name);
  }
});

document.addEventListener("focusin", ({ target }) => {
  const panel = target.closest("[data-picture]");
  if (!panel?.dataset.picture || panel.dataset.picture === at) return;
  htmx.trigger(panel, "show-picture");
});
