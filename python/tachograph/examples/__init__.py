"""Whole trainings in plain NumPy that end in pictures and a report, to run and to read.

Each is a module of its own::

    python -m tachograph.examples.digits      # classification of sequences, on real data
    python -m tachograph.examples.tracking    # regression, on generated data
    python -m tachograph.examples.relational  # two models of equal size compared, over five seeds
    python -m tachograph.examples.unwell      # trainings made ill on purpose, and what is found

They use what anybody can: `tachograph.nptrain` for the training, a recorder, `tachograph.plots` and
`tachograph.report` for what came out.
"""

import os

# Products of small matrices are done before a second thread of the BLAS has woken up, and where
# other programs want the cores its waiting makes a step several times as long. Read when NumPy is
# loaded: without effect where it is there already, and where the user has said otherwise.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
