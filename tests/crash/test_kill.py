"""The script beside this file, with a few kills."""

import subprocess
import sys
from pathlib import Path


def test_sigkill_loses_no_acknowledged_step() -> None:
    script = Path(__file__).with_name("kill.py")

    done = subprocess.run(
        [sys.executable, str(script), "--kills", "8"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 lost, 0 wrong" in done.stdout
