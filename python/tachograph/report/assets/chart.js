// One chart: its curves, its legend, what the pointer shows.

const N_COLOURS = 10;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const AXIS_TITLES = { step: "step", epoch: "epoch" };
const ROLE_COLOURS = { value: 0, train: 0, val: 1 };
const BEST_COLOUR = 2;
// Of each round of the colours' runs; the second curve of a run has another one.
const DASHES = ["solid", "9px,3px", "2px,3px"];
const SECOND_DASHES = ["5px,4px", "9px,3px,2px,3px", "2px,6px"];
const MOST_DOTS = 60;
const RAW_OPACITY = 0.28;
const RAW_OPACITY_OF_MANY = 0.16;
const STYLES = getComputedStyle(document.documentElement);

function colour(number) {
  return STYLES.getPropertyValue(`--series-${number % N_COLOURS}`).trim();
}

// Which round of the colours a run is in, of as many as there are dashes.
function roundOf(run) {
  return Math.floor(run / N_COLOURS) % DASHES.length;
}

// A piece of a line, in colour and dashes.
function lineSample(dash, tint) {
  const sample = made("span", undefined, "line");
  const lengths = dash === "solid" ? [1, 0] : dash.split(",").map(parseFloat);
  let end = 0;
  const stops = lengths.map((length, at) => {
    const begin = end;
    end += length;
    return `${at % 2 ? "transparent" : tint} ${begin}px ${end}px`;
  });
  sample.style.background = `repeating-linear-gradient(90deg, ${stops.join(", ")})`;
  return sample;
}

// Ticks of a log scale that spans so many decades: each of them or every few; 1, 2 and 5 of each; or
// as on a linear scale.
function logTicks(decades) {
  if (decades > 3) return Math.ceil(decades / 5);
  return decades > 0.7 ? "D2" : undefined;
}

class Chart {
  constructor(figure, spec) {
    this.figure = figure;
    this.spec = spec;
    this.plot = figure.querySelector(".plot");
    this.isDrawn = false;
    this.isStale = true;
    this.hidden = new Set();
    this.curves = null;
    // Where the axes were dragged to, as the library has it: logarithms on a log scale.
    this.zoom = { x: null, y: null };
    this.showsAll = false;
    this.cursor = null;
    figure.style.setProperty("--curves", spec.traces.length);
  }

  // Draws the chart, or draws it anew where the state has changed since.
  draw(state) {
    if (!this.isStale) return;
    this.isStale = false;
    if (!this.curves) this.unpack();
    const axis = this.axisFor(state.axis);
    if (this.state && axis !== this.axis) this.zoom.x = null;
    if (this.state && state.isLog !== this.state.isLog) this.zoom.y = null;
    if (this.state && state.hasOutliers !== this.state.hasOutliers) this.showsAll = false;
    this.state = { ...state };
    this.axis = axis;
    const { traces, layout } = this.figureFor(state);
    this.shown = traces;
    if (this.isDrawn) Plotly.react(this.plot, traces, layout);
    else this.begin(traces, layout);
    this.isDrawn = true;
    this.connectTable();
    this.figure.dataset.drawn = "true";
    this.figure.dataset.axis = this.axis;
  }

  // With the page's state of now: a control may have moved since this chart was drawn.
  redraw() {
    this.isStale = true;
    this.draw(state);
  }

  begin(traces, layout) {
    const reset = { name: "reset", title: "Reset axes", icon: Plotly.Icons.home, click: () => this.unzoom() };
    const config = {
      displaylogo: false,
      responsive: true,
      displayModeBar: "hover",
      doubleClick: false,
      // Named one by one: the library's own choice has a button that sends the chart away.
      modeBarButtons: [["toImage", "zoom2d", "pan2d", reset]],
      toImageButtonOptions: { scale: 2, filename: "curve" },
    };
    Plotly.newPlot(this.plot, traces, layout, config);
    this.listen();
  }

  unpack() {
    this.curves = this.spec.traces.map((trace) => this.unpackedCurve(trace));
    const legend = this.figure.querySelector(".legend");
    this.table = new ValuesTable(legend, this.curves, (index) => this.toggle(index));
    const notes = made("p", undefined, "notes");
    const notFinite = this.curves.reduce((sum, curve) => sum + curve.trace.notFinite, 0);
    if (notFinite) notes.append(made("span", `${shownNumber(notFinite)} not finite`, "bad"));
    if (this.curves.some((curve) => curve.best)) notes.append(made("span", "★ best epoch"));
    this.outliers = made("button", undefined, "outliers");
    this.outliers.type = "button";
    this.outliers.hidden = true;
    this.outliers.addEventListener("click", () => this.toggleOutliers());
    notes.append(this.outliers);
    legend.append(notes);
  }

  unpackedCurve(trace) {
    const isSeveral = DATA.runs.length > 1;
    const roles = new Set(this.spec.traces.map((one) => one.role));
    return {
      trace,
      colour: colour(isSeveral ? trace.run : ROLE_COLOURS[trace.role]),
      dash: (isSeveral && trace.role === "val" && roles.size > 1 ? SECOND_DASHES : DASHES)[roundOf(trace.run)],
      label: this.labelOf(trace, isSeveral),
      points: unpacked(trace.points),
      means: unpacked(trace.means),
      best: unpacked(trace.best),
    };
  }

  labelOf(trace, isSeveral) {
    if (!isSeveral) return trace.name;
    const names = new Set(this.spec.traces.map((one) => one.name));
    return names.size > 1 ? `${DATA.runs[trace.run]}: ${trace.name}` : DATA.runs[trace.run];
  }

  // The axis that is asked for, or the table's own where a curve has no place on that.
  axisFor(wanted) {
    const own = this.spec.table === "epochs" ? "epoch" : "step";
    return wanted !== "own" && this.curves.every((curve) => curve.points[wanted]) ? wanted : own;
  }

  figureFor(state) {
    const isEpochs = this.spec.table === "epochs";
    const weight = isEpochs && !state.smoothsEpochs ? 0 : state.smoothing;
    const scale = this.timeScale();
    const raw = [];
    const smooth = [];
    const best = [];
    this.curves.forEach((curve, index) => {
      const base = this.traceOf(curve, index);
      raw.push(this.rawTrace(base, curve, scale, weight));
      if (weight) {
        const source = curve.means || curve.points;
        const x = this.places(source, scale);
        smooth.push({ ...base, kind: "smooth", x, y: smoothed(source.y, weight), mode: "lines" });
      }
      if (curve.best) best.push(this.bestTrace(base, curve, scale));
    });
    const isWhole = state.hasOutliers || this.showsAll;
    const view = viewOf([...raw, ...smooth, ...best], this.zoom, state.isLog, isWhole);
    this.showOutliers(view);
    const marks = view.isCut ? marksBeyond(raw, view.range, this.zoom, state.isLog) : [];
    const traces = [...raw, ...smooth, ...best, ...marks];
    return { traces, layout: this.layout(state, scale, view) };
  }

  // A line under the chart tells how far the curves go beyond the view.
  showOutliers({ range, all, hasOutliers, isCut }) {
    this.outliers.hidden = !hasOutliers;
    if (!hasOutliers) return;
    const value = (bound) => shownNumber(Number((this.state.isLog ? 10 ** bound : bound).toPrecision(6)));
    const above = isCut && all[1] > range[1] ? [`▲ up to ${value(all[1])}`] : [];
    const below = isCut && all[0] < range[0] ? [`▼ down to ${value(all[0])}`] : [];
    const action = made("u", isCut ? "show all values" : "leave out outliers");
    this.outliers.replaceChildren([...above, ...below].join(", "), " ", action);
    this.outliers.title = isCut ? "Some values lie beyond the view" : "All values are in view";
  }

  toggleOutliers() {
    // Where the page's control shows all, leaving them out of one chart is that control's business.
    if (this.state.hasOutliers) setOutliers(false);
    else {
      this.showsAll = !this.showsAll;
      this.redraw();
    }
  }

  traceOf(curve, index) {
    return {
      type: "scatter",
      hoverinfo: "none",
      visible: !this.hidden.has(index),
      meta: index,
      line: { color: curve.colour, width: 1.8, dash: curve.dash },
    };
  }

  // The values as they were recorded; faint where a smooth line runs through them.
  rawTrace(base, curve, scale, weight) {
    const count = curve.points.y.length;
    const faint = this.curves.length > 2 ? RAW_OPACITY_OF_MANY : RAW_OPACITY;
    return {
      ...base,
      kind: "raw",
      x: this.places(curve.points, scale),
      y: curve.points.y,
      mode: count <= MOST_DOTS ? "lines+markers" : "lines",
      marker: { size: count === 1 ? 7 : 4, color: curve.colour },
      line: { ...base.line, width: weight ? 1 : curve.means ? 1.1 : 1.8 },
      opacity: weight ? faint : 1,
    };
  }

  bestTrace(base, curve, scale) {
    const fill = DATA.runs.length > 1 ? curve.colour : colour(BEST_COLOUR);
    const line = { width: 1, color: "rgba(127,127,127,0.6)" };
    return {
      ...base,
      kind: "best",
      x: this.places(curve.best, scale),
      y: curve.best.y,
      mode: "markers",
      marker: { size: 11, symbol: "star", color: fill, line },
    };
  }

  places(points, scale) {
    const places = points[this.axis];
    return scale.secs === 1 ? places : Float64Array.from(places, (place) => place / scale.secs);
  }

  // Seconds are shown in the unit in which the longest curve has a readable number.
  timeScale() {
    if (this.axis !== "seconds") return { secs: 1 };
    const longest = Math.max(...this.curves.map((curve) => curve.points.seconds.reduce((a, b) => Math.max(a, b), 0)));
    return UNITS.find((unit) => longest >= 2 * unit.secs) || UNITS[UNITS.length - 1];
  }

  layout(state, scale, view) {
    const title = this.axis === "seconds" ? `time since the first row, ${scale.name}` : AXIS_TITLES[this.axis];
    const common = {
      gridwidth: 1,
      zeroline: false,
      ticklabeloverflow: "allow",
      tickfont: { size: 11 },
      exponentformat: "power",
      ticks: "outside",
      ticklen: 4,
      tickcolor: "rgba(0,0,0,0)",
    };
    return {
      autosize: true,
      showlegend: false,
      hovermode: "x",
      hoverdistance: 40,
      dragmode: "zoom",
      margin: { l: 46, r: 14, t: 8, b: 42 },
      paper_bgcolor: "#ffffff", // of the picture that is saved; the page has its own
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: FONT, size: 11 },
      xaxis: {
        ...common,
        title: { text: title, standoff: 6, font: { size: 11 } },
        nticks: 7,
        tickformat: this.axis === "step" ? "~s" : undefined,
        range: this.zoom.x || undefined,
        uirevision: this.nextRevision(),
        showspikes: true,
        spikethickness: 1,
        spikedash: "dot",
        spikemode: "across",
        spikesnap: "hovered data",
      },
      yaxis: {
        ...common,
        automargin: true,
        type: state.isLog ? "log" : "linear",
        tickformat: this.isLarge(view) ? "~s" : state.isLog ? "~g" : undefined,
        dtick: state.isLog ? logTicks(this.decades(view)) : undefined,
        nticks: 6,
        range: view.range || undefined,
        uirevision: this.nextRevision(),
      },
      uirevision: "kept",
    };
  }

  // Whether ticks have more digits than are read at a glance.
  isLarge({ range, all }) {
    const bounds = range || all || [0];
    return bounds.some((bound) => (this.state.isLog ? bound >= 4 : Math.abs(bound) >= 1e4));
  }

  decades({ range, all }) {
    const bounds = range || all;
    return bounds ? bounds[1] - bounds[0] : 0;
  }

  // Ranges are kept here; of the library's own memory only the mode of dragging is wanted.
  nextRevision() {
    this.revision = (this.revision || 0) + 1;
    return this.revision;
  }

  // Whether the curve is hidden now.
  toggle(index) {
    const isHidden = !this.hidden.delete(index);
    if (isHidden) this.hidden.add(index);
    this.redraw();
    return isHidden;
  }

  unzoom() {
    this.zoom = { x: null, y: null };
    this.redraw();
  }

  connectTable() {
    const own = this.spec.table === "epochs" ? "epoch" : "step";
    const shown = this.curves.map((_, index) => {
      const of = (kind) => this.shown.find((trace) => trace.kind === kind && trace.meta === index);
      return { x: of("raw").x, smooth: of("smooth") };
    });
    this.table.connect(shown, this.axis === "seconds" ? own : this.axis);
  }

  listen() {
    this.plot.on("plotly_hover", ({ points, event }) => {
      const rows = this.rowsAt(points, event);
      if (rows.length) tooltip.show(rows, event);
    });
    this.plot.on("plotly_unhover", () => tooltip.hide());
    this.plot.on("plotly_relayout", (change) => this.keepRanges(Object.keys(change)));
    this.plot.on("plotly_doubleclick", () => {
      if (this.zoom.x || this.zoom.y) this.unzoom();
      else if (!this.outliers.hidden) this.toggleOutliers();
    });
    this.plot.addEventListener("mousemove", (event) => this.showValuesAt(event.clientX));
    this.plot.addEventListener("mouseleave", () => this.table.show(null));
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "group");
    this.plot.setAttribute("aria-label", `${this.spec.title}: arrow keys go along the curves`);
    this.plot.addEventListener("keydown", (event) => this.goAlong(event));
    this.plot.addEventListener("blur", () => this.leave());
  }

  // The keyboard's pointer: along the points of the first curve that is shown.
  goAlong(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const curve = this.shown.find((trace) => trace.kind === "raw" && trace.visible);
    if (event.key === "Escape") this.leave();
    if (!(event.key in steps) || event.target !== this.plot || !curve) return;
    event.preventDefault();
    // Each place once: points that share one would hold the pointer there.
    const places = [...new Set([...curve.x].filter((place, at) => Number.isFinite(curve.y[at]) && isSeen(place, this.zoom)))];
    if (!places.length) return;
    const step = steps[event.key];
    const from = this.cursor === null ? places.length : places.indexOf(this.cursor);
    // A zoom may have left the pointer's place out of view.
    const to = from < 0 && Number.isFinite(step) ? nearestTo(this.cursor, places, places) : from + step;
    this.cursor = places[Math.max(0, Math.min(places.length - 1, to))];
    this.table.show(this.cursor, this.pixelsPerUnit());
    Plotly.Fx.hover(this.plot, { xval: this.cursor });
  }

  leave() {
    this.cursor = null;
    Plotly.Fx.unhover(this.plot);
    this.table.show(null);
  }

  pixelsPerUnit() {
    const { xaxis } = this.plot._fullLayout;
    return xaxis._length / Math.abs(xaxis.range[1] - xaxis.range[0]);
  }

  keepRanges(changes) {
    const axes = this.plot._fullLayout;
    const moved = ["x", "y"].filter((axis) => changes.some((key) => key.startsWith(`${axis}axis.`)));
    if (!moved.length) return;
    for (const axis of moved) this.zoom[axis] = [...axes[`${axis}axis`].range];
    this.redraw();
  }

  showValuesAt(clientX) {
    const { xaxis } = this.plot._fullLayout;
    const pixel = clientX - this.plot.getBoundingClientRect().left - xaxis._offset;
    const isOver = pixel >= 0 && pixel <= xaxis._length;
    this.table.show(isOver ? xaxis.p2d(pixel) : null, this.pixelsPerUnit());
  }

  // The recorded value under the pointer, and the smooth one behind it.
  rowsAt(points, event) {
    const found = new Map();
    const top = this.plot.getBoundingClientRect().top;
    for (const point of points) {
      const { meta, kind } = this.shown[point.curveNumber];
      const at = point.pointIndex === undefined ? point.pointNumber : point.pointIndex;
      const values = found.get(meta) || { distance: Infinity };
      const { yaxis } = point;
      const height = top + yaxis._offset + yaxis.l2p(yaxis.d2l(point.y));
      values.distance = Math.min(values.distance, Math.abs(height - event.clientY));
      values[kind] = { at, y: point.y };
      found.set(meta, values);
    }
    return [...found].flatMap(([index, values]) => {
      const curve = this.curves[index];
      const one = values.raw || values.best;
      if (!one) return [];
      const points_ = values.raw ? curve.points : curve.best;
      const smooth = values.smooth ? `smooth ${shownNumber(values.smooth.y)}` : "";
      const places = { short: shownOn(this.axis, points_, one.at), long: shownPlace(points_, one.at) };
      const { distance } = values;
      return [{ colour: curve.colour, name: curve.label, value: shownNumber(one.y), smooth, places, distance }];
    });
  }

  // For paper: two charts side by side, whatever the window's width was.
  fit(width) {
    if (this.isDrawn) Plotly.relayout(this.plot, width ? { width, height: PRINTED_HEIGHT, autosize: false } : { width: undefined, height: undefined, autosize: true });
  }
}
