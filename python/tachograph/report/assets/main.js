// Brings the page to life: charts are drawn when they come into view, and again when a control moves.

const SMOOTHING_OF_STEPS = 0.6;
const PRINTED_WIDTH = 330;
const PRINTED_HEIGHT = 200;

const isSmooth = DATA.charts.some((chart) => chart.table === "steps" && chart.traces.some((trace) => trace.values > 100));
const axisButtons = [...document.querySelectorAll("[data-axis][type=button]")];
const state = {
  axis: axisButtons.length ? axisButtons[0].dataset.axis : "own",
  isLog: false,
  smoothing: isSmooth ? SMOOTHING_OF_STEPS : 0,
  // Until the slider is moved, epochs are drawn as they are: there are few, and the best is marked.
  smoothsEpochs: false,
  // Whether outliers take part in the scales.
  hasOutliers: false,
};

const charts = [...document.querySelectorAll("figure[data-chart]")].map((figure) => new Chart(figure, DATA.charts[Number(figure.dataset.chart)]));
const chartOf = new Map(charts.map((chart) => [chart.figure, chart]));
const inView = new Set();

let isDrawing = false;

// One chart a task, so that the first is seen, and a control answers, before the last is drawn.
function drawInView() {
  if (isDrawing) return;
  isDrawing = true;
  const next = () => {
    const chart = charts.find((one) => one.isStale && inView.has(one));
    isDrawing = chart !== undefined;
    if (!isDrawing) return;
    chart.draw(state);
    setTimeout(next);
  };
  next();
}

function changed() {
  for (const chart of charts) chart.isStale = true;
  drawInView();
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = chartOf.get(target);
      if (isIntersecting) inView.add(chart);
      else inView.delete(chart);
    }
    drawInView();
  },
  { rootMargin: "200px 0px" },
);

function showState() {
  for (const button of axisButtons) button.setAttribute("aria-pressed", String(button.dataset.axis === state.axis));
  const output = document.getElementById("smoothing-value");
  output.textContent = state.smoothing.toFixed(2) + (state.smoothing && !state.smoothsEpochs && isSmooth ? " of steps" : "");
}

function setOutliers(areIn) {
  document.getElementById("outliers").checked = !areIn;
  state.hasOutliers = areIn;
  changed();
}

function connectControls() {
  const slider = document.getElementById("smoothing");
  if (!slider) return;
  slider.value = String(state.smoothing);
  slider.addEventListener("input", () => {
    state.smoothing = Number(slider.value);
    state.smoothsEpochs = true;
    showState();
    changed();
  });
  document.getElementById("log-scale").addEventListener("change", (event) => {
    state.isLog = event.target.checked;
    changed();
  });
  document.getElementById("outliers").addEventListener("change", (event) => setOutliers(!event.target.checked));
  for (const button of axisButtons) {
    button.addEventListener("click", () => {
      state.axis = button.dataset.axis;
      showState();
      changed();
    });
  }
  const find = document.getElementById("find");
  if (find) find.addEventListener("input", () => show(find.value.trim().toLowerCase()));
  showState();
}

// Shows the charts whose name has the text in it, and unfolds where they are.
function show(text) {
  for (const { figure, spec } of charts) figure.hidden = !spec.title.toLowerCase().includes(text);
  for (const group of document.querySelectorAll(".group")) {
    const has = group.querySelector("figure:not([hidden])") !== null;
    group.hidden = !has;
    if (text && has) group.open = true;
  }
}

function colourSwatches() {
  for (const swatch of document.querySelectorAll(".swatch[data-run]")) {
    const run = Number(swatch.dataset.run);
    swatch.style.setProperty("--colour", colour(run));
    swatch.dataset.round = String(roundOf(run));
  }
}

// Paper shows what is unfolded, seen or not.
window.addEventListener("beforeprint", () => {
  for (const chart of charts) {
    if (chart.figure.closest("details").open && !chart.figure.hidden) {
      chart.draw(state);
      chart.fit(PRINTED_WIDTH);
    }
  }
});
window.addEventListener("afterprint", () => {
  for (const chart of charts) chart.fit(null);
});
window.addEventListener("scroll", () => tooltip.hide(), { passive: true });

colourSwatches();
connectControls();
for (const chart of charts) observer.observe(chart.figure);
