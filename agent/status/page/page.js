// SPDX-License-Identifier: Apache-2.0
// Keeps the page fresh while somebody looks at it: asks for it again, and takes over the parts that have changed.
"use strict";
(function () {
  const pause = 5000;
  const parts = ["name", "banner", "status", "day-date", "days", "day"];
  let timer = 0;
  let answered = new Date();

  function takeOver(next) {
    for (const id of parts) {
      const now = document.getElementById(id);
      const then = next.getElementById(id);
      if (!now || !then || now.dataset.seen === then.innerHTML) continue;
      const open = new Map();
      for (const each of now.querySelectorAll("details")) open.set(each.id, each.open);
      const focused = now.contains(document.activeElement) ? document.activeElement.closest("details") : null;
      now.dataset.seen = then.innerHTML;
      now.textContent = "";
      while (then.firstChild) now.appendChild(then.firstChild);    // older browsers have no replaceChildren()
      for (const each of now.querySelectorAll("details")) if (open.has(each.id)) each.open = open.get(each.id);
      const again = focused && document.getElementById(focused.id);
      if (again) again.querySelector("summary").focus({ preventScroll: true });
    }
    document.title = next.title;
  }

  function showStale(stale) {
    document.getElementById("stale-since").textContent = answered.toLocaleTimeString();
    document.getElementById("stale").hidden = !stale;
  }

  async function refresh() {
    try {
      const stop = new AbortController();
      const late = setTimeout(function () { stop.abort(); }, pause * 2);
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error", signal: stop.signal });
      const text = await answer.text();
      clearTimeout(late);
      if (!answer.ok) throw new Error(text);
      takeOver(new DOMParser().parseFromString(text, "text/html"));
      answered = new Date();
      showStale(false);
    } catch (failed) {
      showStale(true);
    }
    schedule(pause);
  }

  function schedule(delay) {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(refresh, delay);
  }

  for (const id of parts) {
    const part = document.getElementById(id);
    part.dataset.seen = part.innerHTML;
  }
  document.addEventListener("visibilitychange", function () { schedule(0); });
  schedule(pause);
})();
