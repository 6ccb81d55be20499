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
  }

  // Draws the chart, or draws it anew where the state has changed since.
  draw(state) {
    if (!this.isStale) return;
    this.isStale = false;
    if (!this.curves) {
      this.curves = this.spec.traces.map((trace) => this.unpackedCurve(trace));
      this.makeLegend();
    }
    this.state = { ...state };
    this.axis = this.axisFor(state.axis);
    const { traces, layout } = this.figureFor(state);
    this.shown = traces;
    const config = {
      displaylogo: false,
      responsive: true,
      displayModeBar: "hover",
      doubleClick: "reset+autosize",
      // Named one by one: the library's own choice has a button that sends the chart away.
      modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
      toImageButtonOptions: { scale: 2, filename: "curve" },
    };
    Plotly.react(this.plot, traces, layout, config);
    if (!this.isDrawn) this.listen();
    this.isDrawn = true;
    this.figure.dataset.drawn = "true";
    this.figure.dataset.axis = this.axis;
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
    const traces = [...raw, ...smooth, ...best];
    return { traces, layout: this.layout(state, scale) };
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

  layout(state, scale) {
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
        uirevision: this.axis,
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
        tickformat: this.isLarge() ? "~s" : state.isLog ? "~g" : undefined,
        dtick: state.isLog ? logTicks(this.decades()) : undefined,
        nticks: 6,
        uirevision: String(state.isLog),
      },
      uirevision: "kept",
    };
  }

  // Whether ticks have more digits than are read at a glance.
  isLarge() {
    return this.curves.some((curve) => curve.points.y.some((value) => Math.abs(value) >= 1e4));
  }

  decades() {
    const values = this.curves.flatMap((curve) => [...curve.points.y].filter((value) => value > 0));
    const bounds = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
    return values.length ? Math.log10(bounds[1] / bounds[0]) : 0;
  }

  // The curves of one run stand together; a click on one hides it and shows it again.
  makeLegend() {
    const legend = this.figure.querySelector(".legend");
    const isAlone = this.curves.length === 1;
    let group = null;
    this.curves.forEach((curve, index) => {
      const isFirst = index === 0 || curve.trace.run !== this.curves[index - 1].trace.run;
      if (isFirst) {
        group = made("span", undefined, "curves");
        legend.append(group);
      }
      if (!isAlone) group.append(this.legendButton(curve, index, isFirst));
      if (curve.trace.notFinite) {
        const count = `${shownNumber(curve.trace.notFinite)} not finite`;
        group.append(made("span", count, "note bad"));
      }
    });
    if (this.curves.some((curve) => curve.best)) legend.append(made("span", "★ best epoch", "note"));
  }

  legendButton(curve, index, isFirst) {
    const button = made("button");
    button.type = "button";
    button.title = curve.label;
    button.setAttribute("aria-label", curve.label);
    button.setAttribute("aria-pressed", "true");
    button.append(lineSample(curve.dash, curve.colour), made("bdi", isFirst ? curve.label : curve.trace.name));
    button.addEventListener("click", () => this.toggle(index, button));
    return button;
  }

  toggle(index, button) {
    if (!this.hidden.delete(index)) this.hidden.add(index);
    button.setAttribute("aria-pressed", String(!this.hidden.has(index)));
    const changed = this.shown.flatMap((trace, at) => (trace.meta === index ? [at] : []));
    Plotly.restyle(this.plot, { visible: !this.hidden.has(index) }, changed);
  }

  listen() {
    this.plot.on("plotly_hover", ({ points, event }) => {
      const rows = this.rowsAt(points, event);
      if (rows.length) tooltip.show(rows, event);
    });
    this.plot.on("plotly_relayout", (change) => {
      const isLog = this.plot.layout.yaxis.type === "log";
      if (!isLog || !("yaxis.range[0]" in change || "yaxis.autorange" in change)) return;
      const [low, high] = this.plot._fullLayout.yaxis.range;
      Plotly.relayout(this.plot, { "yaxis.dtick": logTicks(high - low) || null });
    });
    this.plot.on("plotly_unhover", () => tooltip.hide());
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
