"""The courses of metrics as they are drawn: columns of a run, thinned, smoothed, with their units.

What figures, reports, notebooks and the terminal draw comes from here, so that a curve is the same
wherever it is looked at. Everything is read column by column and costs the same for any number of
points that are drawn.
"""

from tachograph.curves.band import Band
from tachograph.curves.curve import Axis, Curve
from tachograph.curves.lost_rows import with_lost_rows
from tachograph.curves.names import Role, name_words, role_of
from tachograph.curves.reading import broken_curve, curve, curve_names, is_given, table_of
from tachograph.curves.sources import Record, Source, opened
from tachograph.curves.units import unit_of

__all__ = [
    "Axis",
    "Band",
    "Curve",
    "Record",
    "Role",
    "Source",
    "broken_curve",
    "curve",
    "curve_names",
    "is_given",
    "name_words",
    "opened",
    "role_of",
    "table_of",
    "unit_of",
    "with_lost_rows",
]
