// What the pages have in common: elements made of text, never of markup; and requests.

// Where the app is, which may be mounted in another one.
export const base = new URL("..", import.meta.url).pathname;

export const main = document.querySelector("main");

export function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

export async function ask(path, options = {}) {
  const response = await fetch(path, {
    ...options,
    headers: options.body ? { "Content-Type": "application/json" } : {},
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

export async function show(make) {
  try {
    main.replaceChildren(...(await make()));
  } catch (error) {
    main.replaceChildren(element("p", { class: "bad" }, error.message));
  }
}
