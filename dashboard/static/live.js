// Live values: one stream of server-sent events, closed while the tab is hidden. All text comes ready from the server.
"use strict";
(() => {
  const LOST_AFTER_MS = 6000, PARTS_EVERY_MS = 60000, RETRY_MS = 2000;
  const root = document.documentElement, banner = document.getElementById("lost"), news = document.getElementById("news");
  let source = null, retry = 0, lastAt = Date.now(), lastTime = "", stamp = null, partsAt = Date.now(), alerts = null;

  function show({ texts, states, stamp: fresh }) {
    for (const [key, text] of Object.entries(texts)) {
      for (const node of document.querySelectorAll(`[data-live="${CSS.escape(key)}"]`)) {
        if (node.textContent !== text) node.textContent = text;
        if (node.matches(".banner")) node.hidden = !text;
      }
    }
    for (const [key, state] of Object.entries(states)) {
      for (const node of document.querySelectorAll(`[data-state-of="${CSS.escape(key)}"]`)) node.dataset.state = state;
    }
    if ("header.text" in texts) lastTime = texts["header.text"];
    if ("header.alerts" in texts) {
      const count = Number(texts["header.alerts"] || 0);
      if (alerts !== null && count > alerts) { news.textContent = banner.dataset.alarm; news.hidden = false; }
      alerts = count;
    }
    const isNew = stamp !== null && fresh !== stamp;
    if (stamp === null || isNew && Date.now() - partsAt >= PARTS_EVERY_MS) {
      if (stamp !== null) refreshParts();
      stamp = fresh;
    }
  }

  async function refreshParts() {
    partsAt = Date.now();
    for (const node of document.querySelectorAll("[data-part]")) {
      if (node.contains(document.activeElement) && document.activeElement !== document.body) continue;
      const answer = await fetch(node.dataset.part, { headers: { "X-Requested-With": "live" } }).catch(() => null);
      if (!answer || !answer.ok) return;
      const open = [...node.querySelectorAll("details")].map((each) => each.open);
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      node.replaceChildren(holder.content);
      node.querySelectorAll("details").forEach((each, place) => { each.open = Boolean(open[place]); });
    }
  }

  function heard(event) {
    lastAt = Date.now();
    if (root.dataset.link === "lost") { partsAt = 0; stamp = stamp === null ? null : ""; }
    root.dataset.link = "live";
    banner.hidden = true;
    show(JSON.parse(event.data));
  }

  function open() {
    clearTimeout(retry);
    if (source) source.close();
    source = new EventSource("/events");
    source.addEventListener("all", heard);
    source.addEventListener("some", heard);
    source.onerror = async () => {
      if (!source || source.readyState !== EventSource.CLOSED) return;
      // Refused: either nobody is there, or the session has ended.
      const answer = await fetch("/session", { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer && answer.status === 401) { location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search)); return; }
      if (!document.hidden) retry = setTimeout(open, RETRY_MS);
    };
  }

  function close() {
    clearTimeout(retry);
    if (source) source.close();
    source = null;
  }

  function watch() {
    if (document.hidden || Date.now() - lastAt < LOST_AFTER_MS || root.dataset.link === "lost") return;
    root.dataset.link = "lost";
    const time = (lastTime.match(/\d\d:\d\d:\d\d/) || ["–"])[0];
    banner.textContent = banner.dataset.words.replace("{time}", time);
    banner.hidden = false;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { close(); } else { lastAt = Date.now(); open(); }
  });
  window.addEventListener("pagehide", close);
  lastTime = (document.querySelector('[data-live="header.text"]') || {}).textContent || "";
  if (!document.hidden) open();
  setInterval(watch, 1000);
})();
