// What TensorBoard draws with its smoothing slider at `weight`: an exponential mean, corrected for
// its beginning. Values that are not finite stay gaps, a constant curve stays as it is.

function smoothed(values, weight) {
  const result = new Float64Array(values.length);
  const isConstant = values.every((value) => value === values[0]);
  let mean = 0;
  let count = 0;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (isConstant || !Number.isFinite(value)) {
      result[at] = value;
    } else {
      mean = mean * weight + (1 - weight) * value;
      count += 1;
      result[at] = mean / (1 - weight ** count);
    }
  }
  return result;
}
