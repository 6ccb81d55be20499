// What the pointer is on, in an element of the page: names of a log never go through the chart
// library, which reads some of them as markup.

const MOST_ROWS = 12;
const SECOND = 1;
const UNITS = [
  { secs: 86400 * SECOND, name: "d" },
  { secs: 3600 * SECOND, name: "h" },
  { secs: 60 * SECOND, name: "min" },
  { secs: SECOND, name: "s" },
];

function made(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

// Six significant digits; all of an integer.
function shownNumber(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en");
  const text = value.toPrecision(6);
  return text.includes("e") ? text.replace(/\.?0+e/, "e") : text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

function shownSeconds(seconds, digits = 4) {
  if (seconds > 0 && seconds < 1) return `${shownNumber(Number((1000 * seconds).toPrecision(digits)))} ms`;
  const unit = UNITS.find((one) => seconds >= one.secs) || UNITS[UNITS.length - 1];
  return `${shownNumber(Number((seconds / unit.secs).toPrecision(digits)))} ${unit.name}`;
}

// Fractions of an epoch have no more digits than say something; a label has all of its own.
function shownLabel(axis, place) {
  const isFraction = axis === "epoch" && !Number.isInteger(place);
  return shownNumber(isFraction ? Number(place.toPrecision(6)) : place);
}

function shownOn(axis, points, at) {
  if (axis === "seconds") return shownSeconds(points.seconds[at]);
  return `${axis} ${shownLabel(axis, points[axis][at])}`;
}

function shownPlace(points, at) {
  const axes = ["step", "epoch", "seconds"].filter((axis) => points[axis]);
  return axes.map((axis) => shownOn(axis, points, at)).join(" · ");
}

const tooltip = {
  element: null,

  // found: [{colour, name, value, smooth, places: {short, long}, distance}]. Where all are at one place
  // it stands above them in full; of many only the nearest are shown.
  show(found, event) {
    const nearest = [...found].sort((a, b) => a.distance - b.distance).slice(0, MOST_ROWS);
    const rows = found.filter((row) => nearest.includes(row));
    if (!this.element) {
      this.element = made("div", undefined, "tooltip");
      this.element.setAttribute("role", "status");
      document.body.append(this.element);
    }
    const table = made("table");
    const isOnePlace = rows.every((row) => row.places.long === rows[0].places.long);
    for (const row of rows) {
      const line = table.insertRow();
      const swatch = made("span", undefined, "swatch");
      swatch.style.setProperty("--colour", row.colour);
      line.insertCell().append(swatch);
      line.insertCell().append(made("bdi", row.name));
      line.insertCell().append(made("strong", row.value));
      if (row.smooth) line.insertCell().append(made("small", row.smooth));
      if (!isOnePlace) line.insertCell().append(made("small", row.places.short));
    }
    const head = isOnePlace ? [made("p", rows[0].places.long)] : [];
    const rest = found.length > rows.length ? [made("p", `and ${found.length - rows.length} more`)] : [];
    this.element.replaceChildren(...head, table, ...rest);
    this.element.hidden = false;
    this.place(event);
  },

  // Beside the pointer, on the side where there is room.
  place(event) {
    const { width, height } = this.element.getBoundingClientRect();
    const left = event.clientX + 16 + width < window.innerWidth ? event.clientX + 16 : event.clientX - width - 16;
    const top = Math.min(event.clientY + 12, window.innerHeight - height - 8);
    this.element.style.left = `${Math.max(4, left)}px`;
    this.element.style.top = `${Math.max(4, top)}px`;
  },

  hide() {
    if (this.element) this.element.hidden = true;
  },
};
