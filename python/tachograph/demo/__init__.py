"""The demo behind `tacho demo`: a small classifier of handwritten digits, recorded as it trains.

NumPy for the model, scikit-learn for the data and for nothing else. Imported only by the command.
"""

from tachograph.demo.session import DemoResult, Progress, Settings, run

__all__ = ["DemoResult", "Progress", "Settings", "run"]
