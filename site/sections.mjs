// The order of the pages in the side bar. A page that is not named here stands in the last
// section, so that a new one is never lost.

const SECTIONS = {
  "Start": ["first-steps", "untrusted", "pools", "channels", "calls", "validation", "cli"],
  "More": [
    "actors",
    "supervision",
    "effect",
    "debugging",
    "observability",
    "live-view",
    "bundlers",
  ],
  "Coming from": ["python", "piscina", "tinypool", "comlink", "isolated-vm"],
  "In depth": ["how-it-works", "enforcement", "executor", "scaling", "benchmarks", "api", "faq"],
  "The project": ["contributing", "architecture", "security", "changelog"],
};

/**
 * The sections of the side bar.
 *
 * @param titles The title of each page, by its name.
 */
export function sections(titles) {
  const named = new Set(Object.values(SECTIONS).flat());
  const others = [...titles.keys()].filter((page) => !named.has(page));
  return [...Object.entries(SECTIONS), ["Other", others]]
    .map(([text, pages]) => ({
      text,
      items: pages.filter((page) => titles.has(page))
        .map((page) => ({ text: titles.get(page), link: `/${page}` })),
    }))
    .filter(({ items }) => items.length > 0);
}
