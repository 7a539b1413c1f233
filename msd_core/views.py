"""The four views: which modalities a model may see."""

import torch

MODALITIES = ("image", "text")
VIEWS = ("both", "image", "text", "neither")
HIDING = {"image": "text", "text": "image"}  # hiding this modality leaves the view named by the other

_VISIBLE = {"both": (True, True), "image": (True, False), "text": (False, True), "neither": (False, False)}


def visible(views: tuple[str, ...] = VIEWS, batch: int = 1, device: torch.device | str = "cpu") -> torch.Tensor:
    """The mask of each view for a batch: boolean, `(V, B, 2)`, last axis (image, text)."""
    mask = torch.tensor([_VISIBLE[view] for view in views], device=device)
    return mask[:, None, :].expand(-1, batch, -1)
