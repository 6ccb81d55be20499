"""Reads what a figure shows."""


def line(axes, label):
    """The one line with this label."""
    (found,) = [drawn for drawn in axes.get_lines() if drawn.get_label() == label]
    return found


def points(drawn):
    """Lists of x and of y."""
    return list(drawn.get_xdata()), list(drawn.get_ydata())


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def panel(figure, title):
    """The axes under this title."""
    (found,) = [axes for axes in figure.axes if axes.get_title(loc="left") == title]
    return found
