"""A training that watches itself: a small transformer that tells seizure-like EEG from the rest.

::

    python -m tachograph.monitor.train --epochs 10 --batch-size 16 --save-history

Runs out of the box, on synthetic windows; `docs/monitor-train.md` says how to give it recordings.
"""
