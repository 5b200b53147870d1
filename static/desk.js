/* What the pages do in the browser, beside htmx. No inline handlers: attributes say what an element is for.
     data-key="g d"       keys that click the element, or focus it if it is a field; ignored while typing
     data-opens="#id"     opens a <dialog> as a modal       data-closes   closes the dialog it lies in
     data-open-now        a dialog that htmx brought in: shown as soon as it arrives
     data-fill="#id"      puts data-value into a field, as if typed (quick values); with data-adds after what stands there
     data-check-all="x"   a checkbox that follows and sets all checkboxes named x
     data-typed="TEXT"    a field that must read TEXT before its form's act is enabled
     data-pulse="17"      on <body>: the version of what the page shows, followed by the pulse
     data-submit-on-change, data-dismiss, data-theme-form, data-keys-switch, time[data-rel], time[data-left] */
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const on = (type, selector, act) => document.addEventListener(type, (event) => {
    const element = event.target.closest && event.target.closest(selector);
    if (element) act(element, event);
  });

  /* ---- requests: the token goes along, a failure is told */
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });
  const FAILURES = { 403: "You may not do this.", 404: "This is no longer there.", 413: "This is more than can be taken at once. Send less at a time.", 429: "Too many requests. Wait a moment, then try again." };
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    toast({ text: FAILURES[status] || `Nothing was changed: the server answered ${status}.` });
  });
  document.addEventListener("htmx:sendError", () => toast({ text: "Nothing was changed: the server could not be reached." }));

  /* ---- toasts: facts and a link, gone after a while unless they are being read */
  const STAY = 8000;
  function toast({ text, href, undo }) {
    const item = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-text]").textContent = text;
    const form = item.querySelector("form"), link = item.querySelector("a");
    form.hidden = !undo; link.hidden = !href;
    if (undo) form.action = undo;
    if (href) link.href = href;
    document.getElementById("toasts").append(item);
    expire(item);
  }
  function expire(item) {
    let timer;
    const start = () => { timer = setTimeout(() => item.remove(), STAY); };
    const stop = () => clearTimeout(timer);
    item.addEventListener("mouseenter", stop); item.addEventListener("mouseleave", start);
    item.addEventListener("focusin", stop); item.addEventListener("focusout", start);
    start();
  }
  all("#toasts > *").forEach(expire);
  document.addEventListener("toast", (event) => toast(event.detail));
  on("click", "[data-dismiss]", (button) => button.closest(".toast-d").remove());

  /* ---- dialogs: modal with script, popovers without */
  on("click", "[data-opens]", (opener, event) => {
    event.preventDefault();
    document.querySelector(opener.dataset.opens).showModal();
  });
  on("click", "[data-closes]", (button, event) => {
    event.preventDefault();
    button.closest("dialog").close();
  });
  document.addEventListener("htmx:load", (event) => {
    const arrived = event.detail.elt;
    const dialog = arrived.matches("dialog[data-open-now]") ? arrived : arrived.querySelector("dialog[data-open-now]");
    if (dialog && !dialog.open) dialog.showModal();
  });
  on("input", "[data-typed]", (field) => {
    const act = field.form.querySelector("button:not([type=button])");
    act.disabled = field.value.trim() !== field.dataset.typed;
  });

  /* ---- menus made of <details>: closed by a press elsewhere and by Escape */
  const openMenus = () => all("details.drop[open]");
  document.addEventListener("click", (event) => openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") openMenus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });

  /* ---- what explains a figure: Escape puts it away until it is pointed at again */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") all(".why").filter((one) => one.matches(":hover, :focus-within")).forEach((one) => one.classList.add("off"));
  });
  ["mouseout", "focusout"].forEach((name) => document.addEventListener(name, (event) => {
    const left = event.target.closest?.(".why.off");
    if (left && !left.contains(event.relatedTarget)) left.classList.remove("off");
  }));

  /* ---- a form that was refused: on to the first field that is wrong, whose sentence is read out with it */
  document.addEventListener("htmx:load", (event) => {
    const wrong = event.detail.elt.querySelector("[aria-invalid=true]");
    if (wrong) (wrong.matches("[role=radiogroup]") ? wrong.querySelector("input") : wrong).focus();
  });

  /* ---- forms */
  on("click", "[data-fill]", (button) => {
    const field = document.querySelector(button.dataset.fill);
    const before = "adds" in button.dataset && field.value ? `${field.value.trimEnd()}\n\n` : "";
    field.value = before + button.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  on("change", "[data-submit-on-change]", (field) => field.form.requestSubmit());
  on("change", "[data-check-all]", (box) => {
    all(`input[name="${box.dataset.checkAll}"]`).forEach((one) => {
      if (one.checked !== box.checked) { one.checked = box.checked; one.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  });
  on("change", "tr input[type=checkbox][name]", (box) => box.closest("tr").setAttribute("aria-selected", box.checked));

  /* ---- theme: at once here, and remembered for the server */
  const THEMES = ["system", "light", "dark"];
  on("submit", "form[data-theme-form]", (form, event) => {
    event.preventDefault();
    const theme = event.submitter.value, next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    if (theme === "system") delete root.dataset.bsTheme; else root.dataset.bsTheme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    all("form[data-theme-form] button[name=theme]").forEach((button) => {
      if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", button.value === theme);
      else { button.value = next; button.setAttribute("aria-label", `Theme: ${theme}. Change to ${next}`); }
    });
  });

  /* ---- keys */
  const KEYS_OFF = "desk-keys-off";
  const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  let before = "", beforeAt = 0;
  function pressed(keys) {
    const element = document.querySelector(`[data-key="${CSS.escape(keys)}"]`);
    if (!element) return false;
    if (element.matches("input, textarea, select")) { element.focus(); element.select && element.select(); } else element.click();
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1 || localStorage.getItem(KEYS_OFF)) return;
    if (typing(event.target) || document.querySelector("dialog[open], [popover]:popover-open")) return;
    const sequence = event.timeStamp - beforeAt < 1200 ? `${before} ${event.key}` : "";
    before = event.key; beforeAt = event.timeStamp;
    if ((sequence && pressed(sequence)) || pressed(event.key)) { event.preventDefault(); before = ""; }
  });
  all("[data-keys-switch]").forEach((box) => {
    box.checked = !localStorage.getItem(KEYS_OFF);
    box.addEventListener("change", () => (box.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1")));
  });

  /* ---- the pulse: asks what changed since the page was drawn, and tells the parts of it that follow (hx-trigger).
     What the page fetches by itself says so, because it is no act of its person's and keeps no session open. */
  const BEAT = 1500, AFTER_A_FAILURE = 15000;
  const BY_ITSELF = { "X-Pulse": "1" };
  let seen = document.body.dataset.pulse, next;
  document.addEventListener("htmx:configRequest", (event) => {
    const cause = event.detail.triggeringEvent;
    if (cause && cause.detail && cause.detail.pulse) Object.assign(event.detail.headers, BY_ITSELF);
  });
  const tell = (name) => document.body.dispatchEvent(new CustomEvent(name, { detail: { pulse: true } }));
  /* a part that would fetch itself anew waits while a question within it is open, and then does so once */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const cause = event.detail.requestConfig.triggeringEvent, question = event.detail.elt.querySelector("dialog[open]");
    if (!question || !cause || !cause.detail || !cause.detail.pulse) return;
    event.preventDefault();
    if (question.dataset.missed === cause.type) return;
    question.dataset.missed = cause.type;
    question.addEventListener("close", () => { delete question.dataset.missed; tell(cause.type); }, { once: true });
  });
  async function beat() {
    clearTimeout(next);
    if (document.hidden) return;
    let wait = BEAT;
    try {
      const answer = await fetch(`/pulse?seen=${seen}`, { headers: BY_ITSELF, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401) {
        toast({ text: "You are signed out, so this page is no longer kept up to date.", href: location.href });
        return;
      }
      if (answer.ok) follow(answer); else wait = AFTER_A_FAILURE;
    } catch {
      wait = AFTER_A_FAILURE;
    }
    next = setTimeout(beat, wait);
  }
  function follow(answer) {
    seen = answer.headers.get("X-Pulse");
    const names = Object.keys(JSON.parse(answer.headers.get("HX-Trigger") || "{}"));
    names.forEach(tell);
  }
  if (seen) {
    next = setTimeout(beat, BEAT);
    document.addEventListener("visibilitychange", beat);
  }

  /* ---- ages: the same steps as `age` in trenddojo/web/format.py */
  function age(seconds) {
    for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60]]) {
      if (seconds >= length) return `${Math.floor(seconds / length)} ${unit} ago`;
    }
    return `${Math.max(0, Math.floor(seconds))} s ago`;
  }
  setInterval(() => {
    if (document.hidden) return;
    all("time[data-rel]").forEach((time) => {
      const text = age((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (time.textContent !== text) time.textContent = text;
    });
    all("time[data-left]").forEach((time) => {
      const seconds = Math.floor((Date.parse(time.dateTime) - Date.now()) / 1000);
      const span = seconds >= 60 ? `${Math.floor(seconds / 60)} min` : `${seconds} s`;
      const text = seconds > 0 ? time.dataset.left + span : time.dataset.over;
      if (time.textContent !== text) time.textContent = text;
    });
  }, 1000);
})();
