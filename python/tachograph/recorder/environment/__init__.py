"""The machine and the software of an attempt: captured in the background, never an error."""

from tachograph.recorder.environment.capture import EnvironmentCapture

__all__ = ["EnvironmentCapture"]
