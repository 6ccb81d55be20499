"""The model: a transformer over patches of a multi-channel signal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tachograph._optional import require
from tachograph.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", "torch")

__all__ = ["CriticalityTransformer", "sinusoidal_positions"]


class CriticalityTransformer(torch.nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Classifies windows of a multi-channel signal.

    The window is padded with zeros behind its end to a multiple of the patch length P and cut into
    patches; a patch is flattened over the channels (C * P numbers) and projected to the width of
    the model. Before the patches stands a class token; sinusoidal positions are added; an encoder
    that normalises before each part follows, and a layer norm and a linear layer on the class
    token.
    """

    def __init__(
        self,
        *,
        channels: int,
        patch_size: int = 64,
        d_model: int = 128,
        nhead: int = 4,
        num_layers: int = 4,
        dim_feedforward: int = 256,
        dropout: float = 0.1,
        num_classes: int = 2,
    ) -> None:
        """Makes the model with random weights.

        Args:
            channels: Channels C of a window.
            patch_size: Samples P of a patch.
            d_model: Width; a multiple of `nhead`.
            nhead: Attention heads.
            num_layers: Encoder layers.
            dim_feedforward: Width of their feed-forward parts.
            dropout: Share of activations that are dropped in training.
            num_classes: Classes.

        Raises:
            InvalidArgumentError: A size is below 1, or `nhead` does not divide `d_model`.
        """
        super().__init__()
        sizes = {
            "channels": channels,
            "patch_size": patch_size,
            "d_model": d_model,
            "nhead": nhead,
            "num_layers": num_layers,
            "dim_feedforward": dim_feedforward,
            "num_classes": num_classes,
        }
        for name, size in sizes.items():
            if size < 1:
                raise InvalidArgumentError(f"{name} must be at least 1, not {size}", argument=name)
        if d_model % nhead:
            message = f"d_model must be a multiple of nhead: {d_model} and {nhead}"
            raise InvalidArgumentError(message, argument="nhead")
        self.channels = channels
        self.patch_size = patch_size
        self.embedding = torch.nn.Linear(channels * patch_size, d_model)
        self.class_token = torch.nn.Parameter(torch.empty(1, 1, d_model))
        torch.nn.init.normal_(self.class_token, std=0.02)
        layer = torch.nn.TransformerEncoderLayer(
            d_model, nhead, dim_feedforward, dropout, batch_first=True, norm_first=True
        )
        # Nested tensors are for padding masks, of which there are none.
        self.encoder = torch.nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        self.norm = torch.nn.LayerNorm(d_model)
        self.head = torch.nn.Linear(d_model, num_classes)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Scores of the classes, before softmax.

        Args:
            windows: Float [B, C, T].

        Returns:
            [B, num_classes].

        Raises:
            InvalidArgumentError: The shape is another one.
        """
        shape = list(windows.shape)
        if len(shape) != 3 or shape[1] != self.channels or not shape[2]:  # noqa: PLR2004 -- B, C, T
            message = f"windows must be [batch, {self.channels}, time], not {shape}"
            raise InvalidArgumentError(message, argument="windows")
        tokens = self.embedding(self.patches(windows))
        first = self.class_token.expand(len(tokens), -1, -1)
        tokens = torch.cat([first, tokens], dim=1)
        tokens = tokens + sinusoidal_positions(*tokens.shape[1:]).to(tokens)
        scores: torch.Tensor = self.head(self.norm(self.encoder(tokens)[:, 0]))
        return scores

    def patches(self, windows: torch.Tensor) -> torch.Tensor:
        """The patches of windows [B, C, T], each flattened: [B, ceil(T / P), C * P]."""
        missing = -windows.shape[-1] % self.patch_size
        padded = torch.nn.functional.pad(windows, (0, missing))
        return padded.unfold(2, self.patch_size, self.patch_size).transpose(1, 2).flatten(2)


def sinusoidal_positions(length: int, width: int) -> torch.Tensor:
    """The positions of Vaswani et al. (2017), section 3.5.

    Column 2i is sin(p / 10000^(2i / width)), column 2i + 1 the cosine of the same.

    Args:
        length: How many positions p.
        width: How many columns.

    Returns:
        Float32 [length, width].
    """
    position = torch.arange(length, dtype=torch.float32)[:, None]
    column = torch.arange(0, width, 2, dtype=torch.float32)
    angles = position * torch.exp(column * (-math.log(10_000.0) / width))
    # An odd width has one cosine less.
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :width]
