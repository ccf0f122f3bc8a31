/*
Light, dark, or as the system says: data-theme on <html>, remembered in this browser.
Any button with data-theme-choice="light|dark|system" chooses. Without script the system decides.
*/
const root = document.documentElement;
const NAME = "counterpart-theme";

function stored() {
  try {
    return localStorage.getItem(NAME);
  } catch (error) {
    if (error instanceof DOMException) return null; // storage is switched off in this browser
    throw error;
  }
}

function show(choice) {
  if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  else delete root.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (choice ?? "system")));
  }
}

show(stored());

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const choice = button.dataset.themeChoice;
  if (choice === "system") localStorage.removeItem(NAME);
  else localStorage.setItem(NAME, choice);
  show(choice === "system" ? null : choice);
});
