// Tables that change in place: rows and cells stay, so that a selection and the reader's place stay.

/** One cell: its text, and what its class says besides that of its column. */
export interface Cell {
  readonly text: string;
  readonly mark?: string;
}

/** The element with that id. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Invariant: the page has an element ${id}`);
  return found;
}

/** Sets a text unless it is there already. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows these rows in the table with that id; without any, the paragraph behind it. */
export function fill(id: string, rows: readonly (readonly Cell[])[]): void {
  const table = element(id);
  const [body] = table.getElementsByTagName("tbody");
  if (body === undefined) throw new Error(`Invariant: the table ${id} has a body`);
  const columns = [...table.querySelectorAll("thead th")].map(({ className }) => className);
  while (body.children.length > rows.length) body.lastElementChild?.remove();
  rows.forEach((cells, index) => {
    const row = body.children[index] ?? body.appendChild(makeRow(columns));
    cells.forEach(({ text, mark = "" }, column) => {
      const cell = row.children[column];
      if (cell === undefined) return;
      setText(cell, text);
      cell.className = `${columns[column] ?? ""} ${mark}`.trim();
    });
  });
  table.hidden = rows.length === 0;
  const empty = table.nextElementSibling;
  if (empty instanceof HTMLElement) empty.hidden = rows.length > 0;
}

function makeRow(columns: readonly string[]): HTMLTableRowElement {
  const row = document.createElement("tr");
  for (const _ of columns) row.append(document.createElement("td"));
  return row;
}
