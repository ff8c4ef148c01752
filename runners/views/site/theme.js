// Light, dark, or as the system has it. Loaded in the head, so that no page flashes in the wrong colours.
"use strict";
(() => {
  const order = ["automatic", "dark", "light"];
  const root = document.documentElement;
  let theme = "automatic";
  // some browsers give pages from file:// no storage; the choice then holds for the page
  try { theme = localStorage.getItem("loopcert-theme") || theme; } catch { /* no storage */ }

  function apply() {
    if (theme === "automatic") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = `Theme: ${theme}`;
  }

  apply();
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    button.hidden = false;
    apply();
    button.addEventListener("click", () => {
      theme = order[(order.indexOf(theme) + 1) % order.length];
      try { localStorage.setItem("loopcert-theme", theme); } catch { /* no storage */ }
      apply();
    });
  });
})();
