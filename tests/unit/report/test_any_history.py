"""Whatever was logged, a page is made of it, and draws the values that were logged."""

import base64

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tachograph import TrainingRecorder
from tachograph.report.gathering import gather
from tachograph.report.packing import payload
from tachograph.report.page import page

LABELS = st.integers(-(2**62), 2**62) | st.integers(0, 5)
LOSSES = st.none() | st.floats()
ROWS = st.lists(
    st.tuples(
        st.just("step"), LABELS, st.dictionaries(st.text(max_size=5), st.floats(), max_size=3)
    )
    | st.tuples(st.just("epoch"), LABELS, st.tuples(st.floats(), LOSSES)),
    max_size=30,
)


@settings(max_examples=50)
@given(runs=st.lists(ROWS, min_size=1, max_size=2))
def test_any_rows(runs):
    recorders = []
    for index, rows in enumerate(runs):
        recorder = TrainingRecorder(f"run {index}", dir=None, capture_environment=False)
        for kind, label, values in rows:
            if kind == "step":
                recorder.log_step(label, values)
            else:
                recorder.log_epoch(label, *values)
        recorders.append(recorder)

    gathered = gather(recorders, "0")
    text = "".join(page(gathered, ""))

    assert text.endswith("</html>\n")
    text.encode("utf-8")
    for chart in payload(gathered)["charts"]:
        for trace in chart["traces"]:
            drawn = np.frombuffer(base64.b64decode(trace["points"]["y"]), dtype="<f8")
            assert len(drawn) == trace["values"]
            assert np.count_nonzero(~np.isfinite(drawn)) == trace["notFinite"]
    for recorder in recorders:
        recorder.close()
