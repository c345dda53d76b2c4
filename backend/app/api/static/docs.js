import { ask, base, element, show } from "./page.js";

function operation(method, path, about) {
  return [
    element("dt", {}, method.toUpperCase()),
    element(
      "dd",
      {},
      element("code", {}, path),
      element("br"),
      element("span", { class: "soft" }, about.description ?? ""),
    ),
  ];
}

await show(async () => {
  const document = await ask(`${base}api/openapi.json`);
  const groups = new Map(document.tags.map(({ name }) => [name, []]));
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, about] of Object.entries(methods)) {
      const tag = about.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), ...operation(method, path, about)]);
    }
  }
  const parts = [...groups].flatMap(([tag, rows]) => [
    element("h2", {}, tag),
    element("dl", {}, ...rows),
  ]);
  const problems = element("a", { href: `${base}problems` }, "problems");
  const whole = element("a", { href: `${base}api/openapi.json` }, "OpenAPI document");
  return [
    element("h1", {}, `API ${document.info.version}`),
    element("p", {}, "Everything with schemas and examples: ", whole, ". Errors: ", problems, "."),
    ...parts,
  ];
});
