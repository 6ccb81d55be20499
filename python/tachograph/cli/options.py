"""Arguments and options that several commands share."""

from pathlib import Path

import click

run_argument = click.argument(
    "run_path", metavar="RUN", type=click.Path(path_type=Path, exists=False)
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print strict JSON instead of text."
)

table_option = click.option(
    "--table",
    type=click.Choice(["steps", "epochs"]),
    default="epochs",
    show_default=True,
    help="Which rows.",
)
