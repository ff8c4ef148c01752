// Buttons of class "copy" copy the <pre> beside them.
"use strict";
(() => {
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // no permission, or a browser that gives pages from file:// no clipboard
      const area = document.createElement("textarea");
      area.value = text;
      (document.querySelector("dialog[open]") || document.body).append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const done = await copy(button.parentElement.querySelector("pre").textContent);
    button.focus();
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    if (!done) getSelection().selectAllChildren(button.parentElement.querySelector("pre"));
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  for (const button of document.querySelectorAll("button.copy")) button.hidden = false;
})();
