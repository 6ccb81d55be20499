"""The health of a training: what its rules met, and how grave that is."""

from tachograph.health.finding import Code, Finding, Severity, Split

__all__ = ["Code", "Finding", "Severity", "Split"]
