// The table under a chart. It is the legend, too; it has each curve's value under the pointer, or
// its last one, and its bounds.

const LONGEST_NUMBER = 9;
const DIMMED_FROM = 40; // pixels between the pointer and a curve that does not reach to it

// All digits are in the cell's title.
function shortNumber(value) {
  const text = shownNumber(value);
  return text.length <= LONGEST_NUMBER ? text : value.toExponential(3).replace("e+", "e");
}

// The index of the finite value whose place is nearest.
function nearestTo(place, places, values) {
  let found = -1;
  let least = Infinity;
  for (let at = 0; at < values.length; at += 1) {
    const distance = Math.abs(places[at] - place);
    if (distance < least && Number.isFinite(values[at])) {
      least = distance;
      found = at;
    }
  }
  return found;
}

class ValuesTable {
  // curves: as a chart has them; onToggle(index): hides a curve, or shows it.
  constructor(element, curves, onToggle) {
    this.curves = curves;
    this.table = made("table");
    const heads = this.table.createTHead().insertRow();
    this.heads = Object.fromEntries(["name", "value", "smooth", "place", "time", "low", "high"].map((column) => [column, heads.appendChild(made("th", undefined, column))]));
    this.heads.low.textContent = "min";
    this.heads.high.textContent = "max";
    this.heads.smooth.textContent = "smoothed";
    this.heads.time.textContent = "time";
    const body = this.table.createTBody();
    this.rows = curves.map((curve, index) => this.rowOf(body.insertRow(), curve, index, onToggle));
    const scroll = made("div", undefined, "values");
    scroll.append(this.table);
    element.append(scroll);
  }

  rowOf(row, curve, index, onToggle) {
    const cells = Object.fromEntries(Object.keys(this.heads).map((column) => [column, row.appendChild(made(column === "name" ? "th" : "td", undefined, column))]));
    const isFirst = index === 0 || curve.trace.run !== this.curves[index - 1].trace.run;
    const label = [lineSample(curve.dash, curve.colour), made("bdi", isFirst ? curve.label : curve.trace.name)];
    if (this.curves.length > 1) cells.name.append(this.button(curve, label, () => row.classList.toggle("off", onToggle(index))));
    else cells.name.append(...label);
    const { notFinite } = curve.trace;
    cells.name.title = notFinite ? `${curve.label}, ${shownNumber(notFinite)} not finite` : curve.label;
    const finite = curve.points.y.filter(Number.isFinite);
    if (finite.length) {
      this.put(cells.low, finite.reduce((a, b) => Math.min(a, b)));
      this.put(cells.high, finite.reduce((a, b) => Math.max(a, b)));
    }
    if (curve.best) {
      cells.low.classList.add("best");
      cells.low.title += `, the best epoch: ${shownLabel("epoch", curve.best.epoch[0])}`;
    }
    return cells;
  }

  button(curve, label, onClick) {
    const button = made("button");
    button.type = "button";
    button.setAttribute("aria-label", curve.label);
    button.setAttribute("aria-pressed", "true");
    button.append(...label);
    button.addEventListener("click", () => button.setAttribute("aria-pressed", String(!onClick())));
    return button;
  }

  put(cell, value) {
    cell.textContent = shortNumber(value);
    cell.title = shownNumber(value);
  }

  // shown: for each curve {x, smooth: {x, y} or undefined}, as they are drawn; axis: of the places.
  connect(shown, axis) {
    this.shown = shown;
    this.axis = axis;
    this.heads.place.textContent = axis;
    this.table.classList.toggle("smooth", shown.some((one) => one.smooth));
    this.show(null);
  }

  // The values at a place of the x axis; the last ones at null.
  show(place, pixels = 1) {
    this.heads.value.textContent = place === null ? "last" : "value";
    this.rows.forEach((cells, index) => {
      const { points } = this.curves[index];
      const { x, smooth } = this.shown[index];
      const at = place === null ? points.y.length - 1 : nearestTo(place, x, points.y);
      cells.value.parentNode.classList.toggle("far", at >= 0 && place !== null && Math.abs(x[at] - place) * pixels > DIMMED_FROM);
      for (const column of ["value", "smooth", "place", "time"]) {
        cells[column].textContent = "";
        cells[column].title = "";
      }
      if (at < 0) return;
      if (Number.isFinite(points.y[at])) this.put(cells.value, points.y[at]);
      else cells.value.textContent = "not finite";
      const label = points[this.axis][at];
      cells.place.textContent = shownLabel(this.axis, label);
      cells.place.title = cells.place.textContent;
      cells.time.textContent = shownSeconds(points.seconds[at], 3);
      if (!smooth) return;
      const near = nearestTo(x[at], smooth.x, smooth.y);
      if (near >= 0) this.put(cells.smooth, smooth.y[near]);
    });
  }
}
