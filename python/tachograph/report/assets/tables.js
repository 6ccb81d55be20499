// A click on a heading sorts the table by its column; a second one turns the order round.

function sortKey(cell) {
  if (cell.dataset.missing !== undefined) return null;
  const value = cell.dataset.value === undefined ? cell.textContent : cell.dataset.value;
  const number = Number(value);
  return value.trim() !== "" && !Number.isNaN(number) ? number : value;
}

// Numbers before text; what is missing comes last in either order.
function compareKeys(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
}

function sortBy(heading) {
  const table = heading.closest("table");
  const column = heading.cellIndex;
  const isAscending = heading.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row) => ({ row, key: sortKey(row.cells[column]) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key, isAscending ? 1 : -1));
  body.append(...keyed.map(({ row }) => row));
}

for (const button of document.querySelectorAll(".sorts th button")) {
  button.addEventListener("click", () => sortBy(button.closest("th")));
}
