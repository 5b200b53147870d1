/* Statements by drop or choice: each file is sent by itself, one after the other, with its progress. Without script the
   form sends them together. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-statements]");
  if (!form) return;
  const field = form.querySelector("input[type=file]"), list = document.getElementById("sent"), act = form.querySelector("button:not([type=button])");
  const area = form.closest("[data-drop]"), most = Number(form.dataset.most);
  const MB = 1e6;

  function row(text) {
    const item = document.createElement("li"), name = document.createElement("span"), meter = document.createElement("progress");
    name.textContent = text;
    meter.max = 1; meter.value = 0;
    meter.setAttribute("aria-label", `Sending ${text}`);
    item.append(name, meter);
    list.append(item);
    return item;
  }
  function fail(item, sentence) {
    item.className = "err";
    item.textContent = sentence;
  }
  function answered(item, request) {
    if (request.status !== 200 && request.status !== 422) {
      const told = JSON.parse(request.getResponseHeader("HX-Trigger") || "{}").toast;
      return fail(item, told ? told.text : `Nothing was kept: the server answered ${request.status}.`);
    }
    const found = document.createElement("template");
    found.innerHTML = request.responseText;
    const first = found.content.querySelector("li");
    if (!first) return fail(item, "Nothing was kept: sign in again.");
    item.replaceWith(first);
    return first.dataset.href;
  }
  /* resolves to the address of the import, or to nothing */
  const send = (file) => new Promise((resolve) => {
    const item = row(file.name);
    if (file.size > most) { fail(item, `${file.name} has ${Math.ceil(file.size / MB)} MB; at most ${most / MB} MB are taken.`); resolve(); return; }
    const data = new FormData(), request = new XMLHttpRequest();
    data.append("account", form.elements.account.value);
    data.append("file", file);
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) item.querySelector("progress").value = event.loaded / event.total; });
    request.addEventListener("load", () => resolve(answered(item, request)));
    request.addEventListener("error", () => { fail(item, `${file.name}: the server could not be reached, or took no more of it. Nothing was kept.`); resolve(); });
    request.send(data);
  });
  async function sendAll(files) {
    list.replaceChildren();
    act.disabled = true;
    const places = [];
    for (const file of files) places.push(await send(file));
    act.disabled = false;
    form.reset();
    if (files.length === 1 && places[0]) location.assign(places[0]);
    else if (places.some(Boolean)) htmx.ajax("GET", location.pathname, { target: "#imports", swap: "outerHTML" });
  }
  form.addEventListener("submit", (event) => {
    if (!field.files.length) return;
    event.preventDefault();
    sendAll([...field.files]);
  });

  const carriesFiles = (event) => event.dataTransfer && event.dataTransfer.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const over = area.contains(event.target);
    event.dataTransfer.dropEffect = over ? "copy" : "none";
    area.toggleAttribute("data-over", over);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) area.removeAttribute("data-over"); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event) || event.target === field) return;
    event.preventDefault();
    area.removeAttribute("data-over");
    if (area.contains(event.target) && event.dataTransfer.files.length) sendAll([...event.dataTransfer.files]);
  });
})();
