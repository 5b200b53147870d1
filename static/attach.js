/* Pictures by drop and paste: they go into the panel's file field, whose form sends them as it would by hand. */
(() => {
  "use strict";
  const panel = () => document.querySelector("[data-attach]");
  const pictures = (transfer) => [...(transfer ? transfer.files : [])].filter((file) => file.type.startsWith("image/"));

  function send(files) {
    const field = panel().querySelector("input[type=file]"), chosen = new DataTransfer();
    files.forEach((file) => chosen.items.add(file));
    field.files = chosen.files;
    window.htmx.process(field.form);  // a panel that came a moment ago may not be bound yet: its form would leave the page
    field.form.requestSubmit();
  }

  /* a picture alone is attached; text with a picture of itself, as office programs copy it, stays text */
  document.addEventListener("paste", (event) => {
    const files = pictures(event.clipboardData);
    if (!panel() || !files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    send(files);
  });

  /* what misses the panel must not lead the browser away from the page */
  const carriesFiles = (event) => panel() && event.dataTransfer && event.dataTransfer.types.includes("Files");
  const over = (event) => event.target.closest && event.target.closest("[data-attach]");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = over(event) ? "copy" : "none";
    panel().toggleAttribute("data-over", Boolean(over(event)));
  });
  document.addEventListener("dragleave", (event) => { if (panel() && !event.relatedTarget) panel().removeAttribute("data-over"); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event) || event.target.closest("input[type=file]")) return;
    event.preventDefault();
    panel().removeAttribute("data-over");
    const files = pictures(event.dataTransfer);
    if (over(event) && files.length) send(files);
  });
})();
