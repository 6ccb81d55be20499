"""The health of a training: exploding gradients, NaN, divergence, overfitting and the like.

Start here::

    from tachograph.health import diagnose

    for finding in diagnose("checkpoints/training_history.json"):
        print(finding)

Recorders and runs have it as `recorder.health` and `run.health`, and the command line as `tacho
health`; a recorder that is given `on_finding=` tells of findings while it records.
docs/health.md describes the rules and their thresholds.
"""

from tachograph.health.diagnosis import diagnose, thresholds
from tachograph.health.finding import Code, Finding, Severity, Split
from tachograph.health.report import HealthReport

__all__ = [
    "Code",
    "Finding",
    "HealthReport",
    "Severity",
    "Split",
    "diagnose",
    "thresholds",
]
