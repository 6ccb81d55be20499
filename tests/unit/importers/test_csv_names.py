"""Names that an export moved aside are found again."""

from tachograph.importers.csv_names import original_names


def test_a_name_is_moved_back_where_another_column_explains_it():
    columns = ["train_metric_loss", "train_metric_metric_loss", "train_acc", "train_metric_acc"]

    names = original_names(columns, head="train_", again="metric_", reserved=["train_loss"])

    assert names == {
        "train_metric_loss": "metric_loss",
        "train_metric_metric_loss": "loss",
        "train_acc": "acc",
        "train_metric_acc": "metric_acc",
    }


def test_one_that_could_be_either_is_the_shorter():
    names = original_names(["metric.step"], head="", again="metric.", reserved=["step"])

    assert names == {"metric.step": "step"}
