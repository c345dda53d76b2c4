import { ask, base, element, show } from "./page.js";

const place = (id) => `${base}notebooks/${encodeURIComponent(id)}`;

function entry(notebook) {
  const when = new Date(notebook.modified).toLocaleString();
  const about = notebook.busy ? `running · ${when}` : when;
  return element(
    "li",
    {},
    element("a", { href: place(notebook.id) }, notebook.path),
    element("span", { class: "soft" }, about),
  );
}

async function create() {
  const made = await ask(`${base}api/notebooks`, { method: "POST", body: "{}" });
  location.assign(place(made.id));
}

await show(async () => {
  const notebooks = await ask(`${base}api/notebooks`);
  const button = element("button", { type: "button" }, "New notebook");
  button.addEventListener("click", () => create().catch((error) => alert(error.message)));
  const list = notebooks.length
    ? element("ul", { class: "list" }, ...notebooks.map(entry))
    : element("p", { class: "soft" }, "There is no notebook yet.");
  return [element("h1", {}, "Notebooks"), list, element("p", {}, button)];
});
