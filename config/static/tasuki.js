/* The one script. Everything works without it; it ticks the clocks, acts on keys, moves the focus,
   asks for news while the page is seen, and speaks politely. No state is kept in the browser. */
"use strict";
(() => {
  const $ = (sel, from = document) => from.querySelector(sel);
  const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];
  const say = document.body.dataset;
  const skew = Date.parse(say.now) - Date.now() || 0;  // the server's clock counts, not this machine's

  /* ---------- clocks: business time left, minute by minute, from the server's own stretches ---------- */
  const minutesLeft = (chip, now) => (chip.dataset.segments || "").trim().split(" ").filter(Boolean)
    .map(piece => piece.split("/").map(Date.parse))
    .reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, now)), 0) / 60000;
  const words = minutes => {
    const m = Math.floor(minutes), h = Math.floor(m / 60), rest = m % 60, gap = document.documentElement.lang === "ja" ? "" : " ";
    const hours = say.sayH.replace("{n}", h), mins = say.sayMin.replace("{n}", rest);
    return !h ? mins : h >= 10 ? hours : rest ? hours + gap + mins : hours;
  };
  const reshape = (chip, state, word) => {
    chip.dataset.state = state;
    const use = $("use", chip);
    if (use) use.setAttribute("href", "#m-" + state);
    else chip.insertAdjacentHTML("afterbegin", `<svg aria-hidden="true" focusable="false"><use href="#m-${state}"></use></svg>`);
    let b = $("b", chip);
    if (!b) { b = document.createElement("b"); $("svg", chip).after(b); }
    b.textContent = word;
    let timer = $("[role=timer]", chip);
    if (!timer) { timer = document.createElement("span"); timer.setAttribute("role", "timer"); b.after(timer); }
    return timer;
  };
  const tick = () => {
    const now = Date.now() + skew, crossed = [];
    for (const chip of $$(".sla[data-due]")) {
      const due = Date.parse(chip.dataset.due), risk = Date.parse(chip.dataset.risk || ""), was = chip.dataset.state;
      if (was === "pause") continue;
      const state = now > due ? "over" : risk && now >= risk ? "risk" : "calm";
      if (state === "calm" || (was === "over" && now - due > 864e5)) continue;  // days late: as the server said it
      const timer = reshape(chip, state, state === "over" ? say.sayOver : say.sayRisk);
      timer.textContent = state === "over" ? "+" + words((now - due) / 60000) : say.sayLeft.replace("{n}", words(minutesLeft(chip, now)));
      if (state !== was && chip.closest("[data-mine]")) crossed.push(chip.closest("[data-mine]").dataset.mine + ": " + $("b", chip).textContent);
    }
    if (crossed.length) announce(crossed.join("。"));
    for (const el of $$("[data-until]")) {  // what can be done no more does not stand there
      if (now <= Date.parse(el.dataset.until)) continue;
      if (el.contains(document.activeElement)) $("h1[tabindex]").focus();
      el.remove();
    }
  };
  const announce = text => { const box = $("#status"); if (box) box.textContent = text; };
  setInterval(tick, 30000);

  /* ---------- keys: a letter presses what carries it; never in a field, never held, never unseen ---------- */
  let painted = false, chord = "";
  const settle = () => requestAnimationFrame(() => requestAnimationFrame(() => { painted = true; }));
  settle();
  const inField = el => el.closest("input:not([type=radio]):not([type=checkbox]), select, textarea, [contenteditable]");
  const shown = el => !el.disabled && el.offsetParent !== null;
  /* J and K walk a list; Enter opens the row as any link. */
  const walk = key => {
    const rows = $$("[data-row]").filter(shown), at = rows.indexOf(document.activeElement);
    const row = rows[key === "j" ? at + 1 : at < 0 ? rows.length - 1 : at - 1];
    if (row) row.focus();
    return rows.length > 0;
  };
  const letter = event => /^[\x21-\x7e]$/.test(event.key) ? event.key.toLowerCase()
    : /^(Key[A-Z]|Digit[0-9])$/.test(event.code) ? event.code.slice(-1).toLowerCase() : event.key;
  const places = { q: "/queue", l: "/leads", s: "/sla" };
  const press = el => {
    if (el.matches("input[type=radio], input[type=checkbox]")) { el.checked = true; el.focus(); el.dispatchEvent(new Event("change", { bubbles: true })); }
    else if (el.matches("input, select, textarea")) el.focus();
    else el.click();
  };
  document.addEventListener("keydown", event => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") { const close = $$("[data-esc]").find(shown); if (close) { event.preventDefault(); close.click(); } return; }
    if (!("keysOn" in say) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (inField(event.target) || document.body.matches(".htmx-request")) return;
    const key = letter(event);
    if (chord === "g") { chord = ""; if (places[key]) { event.preventDefault(); location.href = places[key]; } return; }
    if (key === "g") { chord = "g"; setTimeout(() => { chord = ""; }, 1500); return; }
    if (key === "?") { const help = $("#keys"); if (help && help.showPopover) { event.preventDefault(); help.togglePopover(); } return; }
    const inner = $$("[data-keys-first]").find(shown);
    const target = (inner && $$(`[data-key="${CSS.escape(key)}"]`, inner).find(shown)) || $$(`[data-key="${CSS.escape(key)}"]`).find(shown);
    if (!target && (key === "j" || key === "k") && walk(key)) { event.preventDefault(); return; }
    if (!target || !painted || $("#main [aria-busy=true]")) return;
    event.preventDefault();
    painted = false;
    press(target);
    settle();
  });
  /* Enter inside a composition finishes the word, not the form. */
  document.addEventListener("keydown", event => { if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.preventDefault(); }, true);

  /* ---------- focus: after an act, the next heading; after an error, its summary ---------- */
  const focusNext = from => { const el = $("[data-focus]", from); if (el) { el.focus({ preventScroll: false }); el.removeAttribute("data-focus"); } };  // once: what stays open takes no focus again
  document.addEventListener("DOMContentLoaded", () => { focusNext(document); tick(); });
  document.addEventListener("htmx:beforeRequest", event => { const t = event.detail.target; if (t && !("quiet" in t.dataset)) t.setAttribute("aria-busy", "true"); });
  /* An event's own target is what stands on the page now; the target in its detail may be the part that was replaced. */
  let held = false;
  document.addEventListener("htmx:beforeSwap", event => {
    const old = event.detail.target;
    held = old.contains(document.activeElement);
    /* An answer never overwrites what is being typed; a heading that has the focus does change. */
    if (window.Idiomorph) Idiomorph.defaults.ignoreActiveValue = !!inField(document.activeElement);
    if (!("quiet" in old.dataset)) painted = false;
  });
  document.addEventListener("htmx:afterRequest", event => { const t = event.detail.target; if (t) t.setAttribute("aria-busy", "false"); });
  /* At once, before anybody can press or hear anything in between. */
  document.addEventListener("htmx:afterSwap", event => {
    focusNext(event.target);
    /* What had the focus may be gone, like a chip taken out: never fall back to the top of the page. */
    if (document.activeElement !== document.body) return;
    const near = held ? event.target.closest("[tabindex]") : event.target.matches("[tabindex]") && event.target;
    if (near) near.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:afterSettle", event => {
    tick(); settle();
    const spoken = event.target.matches("[data-say]") ? event.target : $("[data-say]", event.target);
    if (spoken) announce(spoken.dataset.say);
  });
  document.addEventListener("htmx:sendError", () => announce(say.sayOffline));

  /* ---------- news: only while somebody looks ---------- */
  setInterval(() => { if (document.visibilityState === "visible") document.body.dispatchEvent(new Event("tasuki:poll")); }, 15000);

  /* ---------- small courtesies ---------- */
  document.addEventListener("change", event => {
    const form = event.target.type !== "search" && event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });
  /* A search follows the typing, but never half a word that is still being composed. */
  let typing = 0;
  const follow = event => {
    const form = event.target.closest("form[data-autosubmit]");
    if (!form || event.target.type !== "search" || (event.isComposing && event.type === "input")) return;
    clearTimeout(typing);
    typing = setTimeout(() => form.requestSubmit(), 300);
  };
  document.addEventListener("input", follow);
  document.addEventListener("compositionend", follow);
  /* A choice that fills in what usually follows from it: data-sets="next_step=wake wake_on=2027-05-23". */
  document.addEventListener("change", event => {
    const pick = event.target.closest("[data-sets]");
    for (const pair of pick ? pick.dataset.sets.split(" ") : []) {
      const [name, value] = pair.split("="), field = pick.form.elements[name];
      const choices = field instanceof RadioNodeList ? [...field] : [];
      for (const one of choices) one.checked = one.value === value;
      if (choices.length) (choices.find(one => one.checked) || choices[0]).dispatchEvent(new Event("change", { bubbles: true }));
      else if (field) field.value = value;
    }
  });
  document.addEventListener("change", event => {
    const pick = event.target.closest("[data-shows]");
    if (!pick) return;
    for (const part of $$("[data-shown-by]", pick.form)) part.hidden = !part.dataset.shownBy.split(" ").includes(pick.value) && part.dataset.shownFor === pick.name;
  });
})();
