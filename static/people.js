/* Signing in and settings: small helps, without which every form works too.
     select[data-zone-here]    chooses this device's time zone, if it is on the list
     [data-reveals="#id"]      shows and hides a password
     [data-copies="#id"]       copies a field that is shown once */
(() => {
  "use strict";
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.querySelectorAll("select[data-zone-here]").forEach((select) => {
    if ([...select.options].some((option) => option.value === here)) select.value = here;
  });
  document.querySelectorAll(".tabs.pages [aria-current]").forEach((tab) => tab.scrollIntoView({ block: "nearest", inline: "center" }));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-reveals], [data-copies]");
    if (!button) return;
    const field = document.querySelector(button.dataset.reveals || button.dataset.copies);
    if (button.dataset.reveals) {
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", shown);
      return;
    }
    field.select();
    await navigator.clipboard.writeText(field.value);
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: "Copied." } }));
  });
})();
