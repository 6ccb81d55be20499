"use strict";

// The curves, out of the page's JSON. Numbers lie in base64 and are unpacked when a chart is drawn.

const DATA = JSON.parse(document.getElementById("curves-data").textContent);

function bytesOf(packed) {
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes.buffer;
}

// Places on an axis are null where the run has none.
function unpacked(points) {
  if (points === null) return null;
  const float32 = (packed) => (packed === null ? null : new Float32Array(bytesOf(packed)));
  const float64 = (packed) => (packed === null ? null : new Float64Array(bytesOf(packed)));
  return {
    y: float64(points.y),
    step: float64(points.step),
    epoch: float64(points.epoch),
    seconds: float32(points.seconds),
  };
}
