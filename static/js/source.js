/*
Beside each party stands the text that it was read from: entering a section with data-source="first,last" shows those
lines (#line-N) marked and in view. Without script the link in the section's head leads there.
*/
function show(section) {
  const [first, last] = section.dataset.source.split(",").map(Number);
  for (const line of document.querySelectorAll(".source .is-shown")) line.classList.remove("is-shown");
  for (let number = first; number <= last; number += 1) document.getElementById(`line-${number}`)?.classList.add("is-shown");
  const line = document.getElementById(`line-${first}`);
  const frame = line?.closest(".check-text");
  if (!frame) return;
  const top = line.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop - 96;
  frame.scrollTo({ top, behavior: "smooth" });
}

let shown = null;
for (const event of ["focusin", "click"]) {
  document.addEventListener(event, ({ target }) => {
    const section = target.closest("[data-source]");
    if (!section || section === shown) return;
    shown = section;
    show(section);
  });
}
