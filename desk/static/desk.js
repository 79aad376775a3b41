// The page works without this. With it the box answers while the operator types, the keys on the
// buttons press them, and the board keeps itself fresh.
"use strict";
const box = document.querySelector("#lookup #q");
const answer = document.getElementById("answer");
const board = document.getElementById("board");
const PAUSE = 150, FRESH = 5000;
let timer, asking, began;
document.documentElement.classList.add("scripts");

async function fetched(url, signal) {
  const reply = await fetch(url, { signal, headers: { "X-Fragment": "1" } });
  if (!reply.ok) throw new Error(reply.status);
  return reply.text();
}

async function look(pick = "") {
  asking?.abort();
  const mine = asking = new AbortController();
  const query = new URLSearchParams(pick ? { q: box.value, pick } : { q: box.value });
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

// ── what was found, by arrows and Enter ──

const choices = () => [...answer.querySelectorAll(".choice")];
const choose = (one) => { one?.focus(); one?.scrollIntoView({ block: "nearest" }); };

function step(by) {
  const all = choices(), at = all.indexOf(document.activeElement.closest(".choice"));
  if (at + by < 0) box.focus(); else choose(all[at + by]);
}

function nextCall() {
  box.value = "";
  began = undefined;
  document.getElementById("noted").replaceChildren();
  box.focus();
  look();
}

if (box) {
  answer.dataset.for = box.value;
  if (box.value) addEventListener("load", () => requestAnimationFrame(() => box.select()));
  box.addEventListener("input", () => {
    began ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  box.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    if (answer.dataset.for !== box.value) await look();
    choose(choices()[0]);
  });
  answer.addEventListener("click", async (event) => {
    const pick = event.target.closest("a.pick");
    if (!pick || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await look(new URL(pick.href).searchParams.get("pick"));
    choose(choices()[0]);
  });
  setInterval(refresh, FRESH);
}

// ── copying and noting ──

async function copy(button) {
  const words = button.closest(".say").querySelector(".aloud");
  try {
    await navigator.clipboard.writeText(words.textContent);
    const label = button.lastElementChild, before = label.textContent;
    label.textContent = button.dataset.done;
    button.classList.add("done");
    setTimeout(() => { label.textContent = before; button.classList.remove("done"); }, 2000);
  } catch { getSelection().selectAllChildren(words); }
}

addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});

addEventListener("submit", (event) => {
  const spent = event.target.querySelector("[name=spent]");
  if (spent && began !== undefined) spent.value = Math.round(performance.now() - began);
});

// A key presses its button on the card that has the focus, else on the first there is.
function press(code) {
  const here = document.activeElement.closest(".answerable");
  const places = [here, ...document.querySelectorAll(".answerable"), document];
  for (const place of places) {
    const target = place?.querySelector(`[data-key="${code}"]`);
    if (target) return target.click(), true;
  }
  return false;
}

addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (box && event.key === "Escape") return nextCall();
  if (box && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    if (typing && event.target !== box) return;
    const by = event.key === "ArrowDown" ? 1 : -1;
    if (event.target === box && by < 0) return;
    event.preventDefault();
    return step(by);
  }
  if (typing || event.repeat) return;
  if (event.key === "/" || event.code === "Slash") {
    event.preventDefault();
    if (!box) return location.assign(document.querySelector("a.home").href);
    box.focus();
    box.select();
  } else if (/^Key[CENOP]$/.test(event.code) && press(event.code)) {
    event.preventDefault();
  }
});
