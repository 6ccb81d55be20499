import pytest

from tachograph.recorder.environment.command_line import redacted, without_credentials


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["train.py", "--lr", "0.1"], ["train.py", "--lr", "0.1"]),
        (["--token", "abc"], ["--token", "***"]),
        (["--token=abc"], ["--token=***"]),
        (["--api-key=a=b"], ["--api-key=***"]),
        (["--wandb_api_key", "abc"], ["--wandb_api_key", "***"]),
        (["--wandbApiKey=abc"], ["--wandbApiKey=***"]),
        (["--hf-token", "-abc"], ["--hf-token", "***"]),
        (["--password", "--verbose"], ["--password", "--verbose"]),
        (["db.password=x", "lr=1"], ["db.password=***", "lr=1"]),
        (["+logger.secret=x"], ["+logger.secret=***"]),
        (["AWS_SECRET_ACCESS_KEY=x"], ["AWS_SECRET_ACCESS_KEY=***"]),
        (["--key", "x"], ["--key", "***"]),
        (["--authtoken=x"], ["--authtoken=***"]),
        (["-H", "Authorization: Bearer x"], ["-H", "Authorization:***"]),
        (["--tokenizer", "gpt2"], ["--tokenizer", "gpt2"]),
        (["--max-tokens=512"], ["--max-tokens=512"]),
        (["--key-dim=64", "--monkey=5"], ["--key-dim=64", "--monkey=5"]),
        (["s3://me:pw@host/x"], ["s3://***@host/x"]),
        (["--url=https://u:p@h/?a=1&token=t#f"], ["--url=https://***@h/?a=1&token=***#f"]),
        (["https://h/x?X-Amz-Signature=abc"], ["https://h/x?X-Amz-Signature=***"]),
        (["hf_" + "a" * 30], ["***"]),
        (["ghp_" + "a" * 36], ["***"]),
        (["x=sk-" + "a" * 40], ["x=***"]),
        (["user@example.org"], ["user@example.org"]),
        (["C:\\data\\x"], ["C:\\data\\x"]),
        ([""], [""]),
    ],
)
def test_secrets_are_hidden_and_nothing_else(given, shown):
    assert redacted(given) == shown


def test_it_is_bounded():
    shown = redacted(["x" * 5000] * 1000)

    assert len(shown) == 200
    assert max(map(len, shown)) == 1000


def test_a_secret_at_the_edge_of_the_bound_does_not_slip_through():
    assert "s3cret" not in "".join(redacted(["--token=" + "s3cret" * 1000]))


def test_a_url_without_credentials_is_left_alone():
    assert without_credentials("git@example.org:a/b.git") == "git@example.org:a/b.git"
    assert without_credentials("https://example.org/a@b") == "https://example.org/a@b"
