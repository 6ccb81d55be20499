"""Accelerators, as far as they can be seen without waking them.

PyTorch is never imported, and CUDA is never initialised: asking it from here would break programs
that fork afterwards. What is initialised already is asked; otherwise the driver's own files are
read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["device_info", "gpus", "torch_versions"]

_DRIVER = Path("/proc/driver/nvidia/gpus")


def torch_versions(packages: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The versions of PyTorch and of the CUDA that it was built for.

    Args:
        packages: Installed packages by name; PyTorch may be there and not loaded.

    Returns:
        (PyTorch, CUDA); None where there is none, CUDA also where PyTorch is not loaded.
    """
    torch = _torch()
    if torch is None:
        blocked = "torch" in sys.modules
        return (None if blocked else packages.get("torch")), None
    return str(torch.__version__), getattr(getattr(torch, "version", None), "cuda", None)


def device_info() -> dict[str, Any]:
    """The first CUDA device.

    Returns:
        `cuda_available`, `cuda_device_count`; where there is one `cuda_device_name` and
        `cuda_memory_total` in bytes, None where they are not known.
    """
    devices = gpus()
    info: dict[str, Any] = {
        "cuda_available": bool(devices),
        "cuda_device_count": len(devices),
    }
    if devices:
        info["cuda_device_name"] = devices[0]["name"]
        info["cuda_memory_total"] = devices[0]["memory_total"]
    return info


def gpus() -> list[dict[str, Any]]:
    """`name` and `memory_total` in bytes (None where unknown) of each CUDA device.

    Empty as long as PyTorch is not loaded, or was built without CUDA.
    """
    torch = _torch()
    if torch is None or getattr(getattr(torch, "version", None), "cuda", None) is None:
        return []
    if torch.cuda.is_initialized():
        found = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
        return [{"name": device.name, "memory_total": device.total_memory} for device in found]
    return _from_driver()


def _torch() -> Any:
    torch = sys.modules.get("torch")
    # While another thread imports it, it has no version yet.
    return torch if hasattr(torch, "__version__") and hasattr(torch, "cuda") else None


def _from_driver() -> list[dict[str, Any]]:
    if not _DRIVER.is_dir():
        return []
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = [_model(entry / "information") for entry in sorted(_DRIVER.iterdir())]
    if visible is not None:  # how many is what counts here; which ones, only the driver knows
        wanted = [part for part in visible.split(",") if part.strip() not in ("", "-1")]
        names = names[: len(wanted)]
    return [{"name": name, "memory_total": None} for name in names]


def _model(information: Path) -> str | None:
    for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "Model":
            return value.strip()
    return None
