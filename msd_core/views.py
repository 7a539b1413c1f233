"""The four views: which modalities a model may see."""

import torch

MODALITIES = ("image", "text")
VIEWS: tuple[str, ...] = ("both", "image", "text", "neither")
BOTH, IMAGE, TEXT, NEITHER = range(4)  # where each view stands along an axis of views
SINGLE = slice(IMAGE, NEITHER)  # and the two single views, in the order of `MODALITIES`
WITHOUT = {"image": "text", "text": "image"}  # the view that is left of `both` when this modality is hidden

_VISIBLE = {"both": (True, True), "image": (True, False), "text": (False, True), "neither": (False, False)}


def visible(views: tuple[str, ...] = VIEWS, batch: int = 1, device: torch.device | str = "cpu") -> torch.Tensor:
    """The mask of each view for a batch.

    views: V names of `VIEWS`. batch: B. Returns boolean `(V, B, 2)`, last axis (image, text).
    """
    mask = torch.tensor([_VISIBLE[view] for view in views], dtype=torch.bool, device=device).view(-1, 2)
    return mask[:, None, :].expand(-1, batch, -1)
