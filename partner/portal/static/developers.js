// Sends the examples of the page for developers to the service that the page came from, and shows what it answers.
"use strict";

const WIDTH = 84;

// JSON with two spaces to a level; what is short enough stays on one line.
function written(value, room, level) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const list = Array.isArray(value);
  const [open, close] = list ? "[]" : "{}";
  const entries = list ? value.map((one) => ["", one]) : Object.entries(value).map(([key, one]) => [`${JSON.stringify(key)}: `, one]);
  const line = entries.map(([key, one]) => key + written(one, Infinity, 0)).join(", ");
  if (line.length + 2 <= room) return open + (list || !line ? line : ` ${line} `) + close;
  const indent = "  ".repeat(level + 1);
  const lines = entries.map(([key, one]) => indent + key + written(one, WIDTH - indent.length - key.length, level + 1));
  return `${open}\n${lines.join(",\n")}\n${"  ".repeat(level)}${close}`;
}

function pretty(text, kind) {
  if (!/[/+]json/.test(kind)) return text;
  try {
    return written(JSON.parse(text), 0, 0);
  } catch {
    return text;
  }
}

function told(answer, text, milliseconds) {
  const size = new TextEncoder().encode(text).length.toLocaleString("en");
  const facts = [`${answer.status} ${answer.statusText}`.trim(), (answer.headers.get("content-type") || "").split(";")[0]];
  facts.push(`${size} B`, `${Math.round(milliseconds)} ms`);
  if (answer.headers.has("etag")) facts.push(`ETag ${answer.headers.get("etag")}`);
  return facts.join(" · ");
}

async function send(example) {
  const shown = example.querySelector(".answer");
  const status = shown.querySelector("[role=status]");
  const content = shown.querySelector("pre");
  const request = { headers: { "Accept-Language": document.documentElement.lang }, credentials: "omit" };
  if (example.dataset.body) {
    request.method = "POST";
    request.body = example.dataset.body;
    request.headers["Content-Type"] = "application/json";
  }
  shown.hidden = false;
  status.textContent = status.dataset.sending;
  const begun = performance.now();
  try {
    const answer = await fetch(example.dataset.path, request);
    const text = await answer.text();
    status.textContent = told(answer, text, performance.now() - begun);
    content.textContent = pretty(text, answer.headers.get("content-type") || "");
    content.hidden = false;
    content.scrollTop = 0;
  } catch (error) {
    status.textContent = `${status.dataset.failed}: ${error.message}`;
    content.hidden = true;
  }
}

for (const example of document.querySelectorAll(".example")) {
  const button = example.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    await send(example);
    button.disabled = false;
  });
}
