"""What holds for every test: a clean environment, Hypothesis profiles, no silent skips in CI."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Of a slow machine Hypothesis must not complain. A test that allows something else says this again.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("default"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Where every optional package is installed, a test that is skipped for want of one is a mistake.
_EVERYTHING_IS_INSTALLED = os.environ.get("TACHO_CI_FULL") == "1"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see none of the variables that the caller's shell may hold."""
    for name in ("TACHO_DIR", "TACHO_RUN_ID", "TACHO_DISABLED", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _no_environment_is_given_up() -> Iterator[None]:
    """What a recorder stops waiting for in seconds, a slow machine may well need them for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tachograph.recorder.environment.capture._FACTS_SECS", 60.0)
        patch.setattr("tachograph.recorder.environment.capture._COMPLETE_SECS", 60.0)
        patch.setattr("tachograph.recorder.environment.git._STATUS_SECS", 60.0)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],
) -> Iterator[None]:
    report = yield
    _refuse_skip_for_missing_package(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    _refuse_skip_for_missing_package(report)
    return report


def _refuse_skip_for_missing_package(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns the skip of `pytest.importorskip` into a failure where everything is installed."""
    if _EVERYTHING_IS_INSTALLED and report.skipped and "could not import" in str(report.longrepr):
        report.outcome = "failed"
