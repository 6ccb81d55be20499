// Which part of the y axis holds the curves, without a few values far from all others. As in
// TensorBoard the twentieth at either end may be left out; but only what lies far beyond the rest,
// only where the rest would be squashed by it, and never all of a curve. Shares are those of the
// points that a curve is drawn with, among which the extremes of a long one are more than of all.

const OUTLIER_SHARE = 0.05;
// The share of fewer values is none.
const FEWEST_WITH_OUTLIERS = 20;
// Values are far off from this many times the height of the rest.
const FAR = 3;
// The rest is squashed where it would have less than this part of the height.
const SQUASHED = 1 / 4;
const Y_PADDING = 0.05;
// Marks of what lies beyond the view are nowhere nearer than this share of its width.
const MARKS_APART = 0.01;

// The lowest and the highest of a curve's values, which are finite and not none: [all, near]. A
// smooth line comes down from a spike little by little: of that only the share itself is near.
function boundsOf(values, isSmooth) {
  const sorted = Float64Array.from(values).sort();
  const end = sorted.length - 1;
  const all = [sorted[0], sorted[end]];
  if (sorted.length < FEWEST_WITH_OUTLIERS) return [all, all];
  const at = Math.ceil(OUTLIER_SHARE * end);
  const [low, high] = [sorted[at], sorted[end - at]];
  const far = FAR * (high - low);
  // Nothing is squashed that has no height, as that of a constant; nor is what overflows measured.
  if (!(far > 0 && far < Infinity)) return [all, all];
  if (isSmooth) return [all, [low, high]];
  const near = sorted.filter((value) => value >= low - far && value <= high + far);
  return [all, [near[0], near[near.length - 1]]];
}

function around(bounds) {
  return [Math.min(...bounds.map(([low]) => low)), Math.max(...bounds.map(([, high]) => high))];
}

// curves: [{values, isSmooth}]. The bounds of all values, and those without outliers, which are the same where there are none.
function commonBounds(curves) {
  const bounds = curves.filter(({ values }) => values.length).map(({ values, isSmooth }) => boundsOf(values, isSmooth));
  if (!bounds.length) return null;
  const all = around(bounds.map(([every]) => every));
  const near = around(bounds.map(([, some]) => some));
  const isSquashed = near[1] - near[0] < SQUASHED * (all[1] - all[0]);
  return { all, near: isSquashed ? near : all };
}

function padded([low, high]) {
  const height = high - low || Math.abs(high) / 5 || 1;
  return [low - Y_PADDING * height, high + Y_PADDING * height];
}

function isSeen(x, zoom) {
  return !zoom.x || (x >= zoom.x[0] && x <= zoom.x[1]);
}

// The y axis of a chart. range: where it was dragged to, or around what is to be seen of the curves;
// null where the library finds it. all: their bounds. hasOutliers, isCut: whether there are some,
// and whether they lie outside. On a log scale bounds are logarithms.
function viewOf(traces, zoom, isLog, isWhole) {
  const curves = traces.filter((trace) => trace.visible).map(({ x, y, kind }) => {
    const seen = [...y].filter((value, at) => Number.isFinite(value) && isSeen(x[at], zoom));
    const values = isLog ? seen.filter((value) => value > 0).map(Math.log10) : seen;
    return { values, isSmooth: kind === "smooth" };
  });
  const bounds = commonBounds(curves);
  if (!bounds || zoom.y) return { range: zoom.y, all: bounds && bounds.all, hasOutliers: false, isCut: false };
  const { all, near } = bounds;
  const hasOutliers = near !== all;
  const isCut = hasOutliers && !isWhole;
  const range = isCut ? padded(near) : zoom.x ? padded(all) : null;
  return { range, all, hasOutliers, isCut };
}

// Small triangles at the edges of the view where values lie beyond them.
function marksBeyond(traces, range, zoom, isLog) {
  const [low, high] = range.map((bound) => (isLog ? 10 ** bound : bound));
  const sides = [
    { edge: low, symbol: "triangle-down", isBeyond: (value) => value < low && !(isLog && value <= 0) },
    { edge: high, symbol: "triangle-up", isBeyond: (value) => value > high },
  ];
  return sides.flatMap(({ edge, symbol, isBeyond }) => {
    const x = [];
    const colours = [];
    for (const trace of traces.filter((one) => one.visible)) {
      const [first, last] = zoom.x || [trace.x[0], trace.x[trace.x.length - 1]];
      const apart = MARKS_APART * (last - first);
      let before = -Infinity;
      trace.y.forEach((value, at) => {
        const place = trace.x[at];
        if (!isBeyond(value) || !isSeen(place, zoom) || Math.abs(place - before) < apart) return;
        x.push(place);
        colours.push(trace.line.color);
        before = place;
      });
    }
    const marker = { size: 8, symbol, color: colours, opacity: 1 };
    const y = x.map(() => edge);
    return x.length ? [{ type: "scatter", kind: "beyond", mode: "markers", hoverinfo: "skip", cliponaxis: false, x, y, marker }] : [];
  });
}
