// The page works without this. With it the box answers while the operator types, and the board
// keeps itself fresh.
"use strict";
const box = document.getElementById("q");
const answer = document.getElementById("answer");
const board = document.getElementById("board");
const PAUSE = 150, FRESH = 5000;
let timer, asking;

async function fetched(url, signal) {
  const reply = await fetch(url, { signal, headers: { "X-Fragment": "1" } });
  if (!reply.ok) throw new Error(reply.status);
  return reply.text();
}

async function look() {
  asking?.abort();
  const mine = asking = new AbortController();
  const query = new URLSearchParams({ q: box.value });
  try {
    answer.innerHTML = await fetched(`${answer.dataset.url}?${query}`, mine.signal);
    history.replaceState(null, "", box.value ? `?${query}` : location.pathname);
    answer.dataset.for = box.value;
  } catch (error) {
    if (error.name !== "AbortError") answer.textContent = answer.dataset.failed;
  }
}

async function refresh() {
  if (document.hidden || board.contains(document.activeElement)) return;
  try {
    const html = await fetched(board.dataset.url);
    if (html !== board.dataset.last) board.innerHTML = board.dataset.last = html;
  } catch { /* the next one will tell */ }
}

if (box) {
  answer.dataset.for = box.value;
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
  box.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    if (answer.dataset.for !== box.value) await look();
    (answer.querySelector("a.first") ?? answer.querySelector(".first-row a"))?.focus();
  });
  setInterval(refresh, FRESH);
}

addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (box && event.key === "Escape") {
    box.value = "";
    box.focus();
    look();
  } else if (!typing && (event.key === "/" || event.code === "Slash")) {
    event.preventDefault();
    if (!box) return location.assign(document.querySelector("a.home").href);
    box.focus();
    box.select();
  }
});
