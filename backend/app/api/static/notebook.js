import { ask, base, element, show } from "./page.js";

const id = location.pathname.split("/").pop();
const api = `${base}api/notebooks/${id}`;
const text = (output) =>
  output.text ?? output.traceback?.join("\n") ?? output.data?.["text/plain"] ?? "";

// What a cell shows is somebody's code: pages of it are framed, with an origin of their own.
function shown(cell, output, number) {
  const address = `${api}/cells/${cell.id}/outputs/${number}`;
  const types = Object.keys(output.data ?? {});
  const picture = types.find((type) => type.startsWith("image/"));
  if (picture) {
    const mime = encodeURIComponent(picture);
    return element("img", { src: `${address}?mime=${mime}`, alt: text(output) });
  }
  if (types.includes("text/html")) {
    return element("iframe", {
      src: `${address}?mime=text%2Fhtml`,
      sandbox: "allow-scripts allow-popups",
      title: "Output",
    });
  }
  const failed = output.output_type === "error" || output.name === "stderr";
  const plain = text(output).replace(/\x1b\[[0-9;]*m/g, "");
  return element("pre", failed ? { class: "bad" } : {}, plain);
}

function section(cell) {
  const outputs = cell.last_result?.outputs ?? [];
  const source = element("pre", cell.cell_type === "code" ? { class: "source" } : {}, cell.source);
  const parts = outputs.map((output, number) => shown(cell, output, number));
  return element("section", { class: "cell" }, source, ...parts);
}

async function runAll() {
  await ask(`${api}/run`, { method: "POST", body: '{"cells": "all"}' });
}

async function page() {
  const notebook = await ask(api);
  document.title = `${notebook.name} · nbengine`;
  const button = element("button", { type: "button" }, "Run all");
  button.addEventListener("click", () => runAll().catch((error) => alert(error.message)));
  const cells = notebook.cells.map(section);
  const none = element("p", { class: "soft" }, "This notebook has no cells yet.");
  return [
    element("h1", {}, notebook.name),
    element("p", {}, button),
    ...(cells.length ? cells : [none]),
  ];
}

// Of many events at once, as at the beginning, the page shows what came of them all.
let due;
function soon() {
  clearTimeout(due);
  due = setTimeout(() => show(page), 200);
}

await show(page);
const events = new EventSource(`${api}/events`);
for (const name of ["ended", "late", "edited", "reset"]) events.addEventListener(name, soon);
