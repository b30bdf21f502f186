// Live values. Of all tabs that are seen, one reads the server's events and hands them to the others: browsers
// allow six connections to a host. A hidden tab neither reads nor leads. All text comes ready from the server.
"use strict";
(() => {
  const LOST_AFTER_MS = 6000, PARTS_EVERY_MS = 60000, RETRY_MS = 2000;
  const root = document.documentElement, banner = document.getElementById("lost"), news = document.getElementById("news");
  const name = `energy-live-${root.lang}`, channel = new BroadcastChannel(name);
  const known = { texts: {}, states: {}, stamp: "" };
  let source = null, retry = 0, lastAt = Date.now(), lastTime = "", stamp = null, partsAt = Date.now(), alerts = null;
  let waiting = null, release = null;

  // What is shown

  function show({ texts, states, stamp: fresh }) {
    for (const [key, text] of Object.entries(texts)) {
      for (const node of document.querySelectorAll(`[data-live="${CSS.escape(key)}"]`)) {
        if (node.textContent !== text) node.textContent = text;
        if (node.matches(".banner")) node.hidden = !text;
      }
    }
    for (const [key, state] of Object.entries(states)) {
      for (const node of document.querySelectorAll(`[data-state-of="${CSS.escape(key)}"]`)) {
        if (node.dataset.state !== state) node.dataset.state = state;
      }
    }
    if ("header.text" in texts) lastTime = texts["header.text"];
    if ("header.alerts" in texts && fresh) {  // without a stamp the agent has not looked yet
      const count = Number(texts["header.alerts"] || 0);
      if (alerts !== null && count > alerts) { news.textContent = banner.dataset.alarm; news.hidden = false; }
      alerts = count;
    }
    if (stamp === null) stamp = fresh;
    if (fresh !== stamp && Date.now() - partsAt >= PARTS_EVERY_MS) { stamp = fresh; refreshParts(); }
  }

  async function refreshParts() {
    partsAt = Date.now();
    for (const node of document.querySelectorAll("[data-part]")) {
      if (node.contains(document.activeElement)) continue;
      const answer = await fetch(node.dataset.part, { headers: { Accept: "text/html" } }).catch(() => null);
      if (!answer || !answer.ok) return;
      const open = [...node.querySelectorAll("details")].map((each) => each.open);
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      node.replaceChildren(holder.content);
      node.querySelectorAll("details").forEach((each, place) => { each.open = Boolean(open[place]); });
    }
  }

  function heard(moment) {
    lastAt = Date.now();
    Object.assign(known.texts, moment.texts);
    Object.assign(known.states, moment.states);
    known.stamp = moment.stamp;
    if (root.dataset.link === "lost") { partsAt = 0; stamp = ""; }
    root.dataset.link = "live";
    banner.hidden = true;
    show(moment);
  }

  function watch() {
    if (document.hidden || Date.now() - lastAt < LOST_AFTER_MS || root.dataset.link === "lost") return;
    root.dataset.link = "lost";
    const time = (lastTime.match(/\d\d:\d\d:\d\d/) || ["–"])[0];
    banner.textContent = banner.dataset.words.replace("{time}", time);
    banner.hidden = false;
  }

  // Who reads

  function read() {
    clearTimeout(retry);
    if (source) source.close();
    source = new EventSource(`/events?lang=${root.lang.slice(0, 2)}`);
    const hand = (event) => { const moment = JSON.parse(event.data); channel.postMessage(moment); heard(moment); };
    source.addEventListener("all", hand);
    source.addEventListener("some", hand);
    source.onerror = async () => {
      if (!source || source.readyState !== EventSource.CLOSED) return;
      // Refused: either nobody is there, or the session has ended.
      const answer = await fetch("/session", { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer && answer.status === 401) {
        location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
      } else if (release) { retry = setTimeout(read, RETRY_MS); }
    };
  }

  function lead() {
    if (waiting || release) return;
    if (!navigator.locks) { release = () => {}; read(); return; }
    const turn = waiting = new AbortController();
    navigator.locks.request(name, { signal: turn.signal }, () => new Promise((done) => {
      waiting = null;
      release = done;
      read();
    })).catch(() => {});
    channel.postMessage({ ask: true });
  }

  function leave() {
    clearTimeout(retry);
    if (waiting) waiting.abort();
    if (source) source.close();
    if (release) release();
    waiting = source = release = null;
  }

  channel.onmessage = ({ data }) => {
    if (!data.ask) { if (!document.hidden) heard(data); } else if (release && known.stamp) channel.postMessage(known);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { leave(); } else { lastAt = Date.now(); lead(); }
  });
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => { if (event.persisted && !document.hidden) { lastAt = Date.now(); lead(); } });
  lastTime = (document.querySelector('[data-live="header.text"]') || {}).textContent || "";
  if (!document.hidden) lead();
  setInterval(watch, 1000);
})();
