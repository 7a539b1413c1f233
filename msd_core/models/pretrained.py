"""Towers from open_clip, timm and transformers, by their id on the hub or from a local folder (`local-dir:/path`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from msd_core.errors import UserError
from msd_core.models.base import Sequence
from msd_core.models.preprocess import Preprocess
from msd_core.models.tokenizer import Tokens
from msd_core.models.towers import ImageTower, TextTower
from msd_core.models.weights import LOCAL, locate

_FITS = {"shortest": "crop", "longest": "letterbox", "squash": "stretch", "center": "crop", "border": "letterbox"}
# what the three libraries raise for a model that is missing or damaged
_FAILURES = (OSError, RuntimeError, ValueError, KeyError, IndexError, UnpicklingError)


def load_from(name: str, make: Callable[[], Any]) -> Any:
    """What a library makes: of its classes, `nn.Module` says too little to be of use."""
    try:
        return make()
    except _FAILURES as error:
        raise UserError(
            f"The pretrained model {name!r} could not be loaded: check its name and that its hub can be reached, "
            "or give local-dir: and a folder."
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what transformers tells of a model as it loads it."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()


def _preprocess(size: Any, fit: str, interpolation: str, mean: Any, std: Any, crop_share: float = 1.0) -> Preprocess:
    """A library's own settings as ours; an interpolation that we do not have is bicubic."""
    known = interpolation if interpolation in ("bilinear", "bicubic", "lanczos") else "bicubic"
    side = size if isinstance(size, int) else size[-1]
    return Preprocess(side, _FITS.get(fit, "crop"), known, crop_share, tuple(mean), tuple(std))


class Centred(nn.Module):
    """Centres pictures in [0, 1] by the mean and deviation of a pretrained tower."""

    mean: Tensor
    std: Tensor

    def __init__(self, preprocess: Preprocess):
        super().__init__()
        self.register_buffer("mean", torch.tensor(preprocess.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(preprocess.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        return (images - self.mean) / self.std


def _open_clip(hub_id: str) -> Any:
    """A whole CLIP. Each tower loads one of its own and keeps its half: no two models may share weights."""
    import open_clip

    place = locate(hub_id, ("open_clip_config.json",))
    name = place if place.startswith(LOCAL) else f"hf-hub:{place}"
    return load_from(hub_id, lambda: open_clip.create_model(name, require_pretrained=True))


class OpenClipImage(ImageTower):
    """The image tower of a CLIP from open_clip (Ilharco et al. 2021, doi:10.5281/zenodo.5143773)."""

    def __init__(self, name: str):
        super().__init__()
        self.visual = _open_clip(name).visual
        config = self.visual.preprocess_cfg
        self.preprocess = _preprocess(
            config["size"], config["resize_mode"], config["interpolation"], config["mean"], config["std"]
        )
        self.centre, self.features = Centred(self.preprocess), self.visual.output_dim

    def forward(self, images: Tensor) -> Tensor:
        return self.visual(self.centre(images))


class OpenClipText(TextTower):
    """The text tower of a CLIP from open_clip. It takes no embeddings itself, so its steps are taken one by one."""

    def __init__(self, name: str):
        super().__init__()
        import open_clip

        clip = _open_clip(name)
        if not hasattr(clip, "token_embedding") or clip.text_pool_type not in ("argmax", "eos"):
            raise UserError(f"The text tower of {name!r} is of another kind than CLIP's: choose a CLIP model.")
        place = locate(name, ("open_clip_config.json",))
        self.tokenizer = open_clip.get_tokenizer(place if place.startswith(LOCAL) else f"hf-hub:{place}")
        self.end_token = clip.text_eos_id if clip.text_pool_type == "eos" else None
        self.embedding, self.transformer, self.norm = clip.token_embedding, clip.transformer, clip.ln_final
        self.position, self.projection = clip.positional_embedding, clip.text_projection
        self.register_buffer("causal", clip.attn_mask, persistent=False)
        self.features = self.projection.shape[1]

    def tokenize(self, texts: list[str]) -> Tokens:
        ids = self.tokenizer(texts)
        full = self._end(ids) == ids.shape[1] - 1  # a full row may have lost its end
        return Tokens(ids, tuple(full.tolist()))

    def _end(self, ids: Tensor) -> Tensor:
        """Where the end-of-text token stands, `(B,)`: CLIP's answer is read there. It has the highest id, unless the
        model names another; 0 is a token like the others."""
        return ids.argmax(-1) if self.end_token is None else (ids == self.end_token).int().argmax(-1)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """CLIP's tokenizer keeps no positions: each piece is looked for in the text, from where the last one ended."""
        ids = self.tokenizer([text])
        lowered, at, end, spans = text.lower(), 0, int(self._end(ids)[0]), []
        for place, token in enumerate(ids[0].tolist()):
            if place == 0 or place >= end:  # begin and end of the text, and padding
                spans.append((0, 0))
                continue
            piece = self.tokenizer.decode([token]).strip()
            start = lowered.find(piece, at)
            if start < 0:  # a part of one character, or one that the tokenizer writes otherwise
                start = at + len(lowered[at:]) - len(lowered[at:].lstrip())
                spans.append((start, start + 1))
                continue
            at = start + len(piece)
            spans.append((start, at))
        return spans

    def embed(self, tokens: Tensor) -> Sequence:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        return Sequence(self.embedding(tokens), places <= self._end(tokens)[:, None])

    def forward(self, text: Sequence) -> Tensor:
        hidden = self.norm(self.transformer(text.values + self.position, attn_mask=self.causal))
        end = text.mask.sum(1) - 1
        return hidden[torch.arange(len(hidden), device=hidden.device), end] @ self.projection


class TimmImage(ImageTower):
    """A pooled image backbone from timm (Wightman 2019, doi:10.5281/zenodo.4414861)."""

    def __init__(self, name: str):
        super().__init__()
        import timm

        place = locate(name)
        source = place if place.startswith(LOCAL) else f"hf-hub:{place}"
        self.backbone = load_from(name, lambda: timm.create_model(source, pretrained=True))
        self.backbone.reset_classifier(0)  # pooled features instead of its own labels
        config = timm.data.resolve_model_data_config(self.backbone)
        self.preprocess = _preprocess(
            config["input_size"], config["crop_mode"], config["interpolation"], config["mean"], config["std"],
            config["crop_pct"],
        )  # fmt: skip
        self.centre = Centred(self.preprocess)
        self.features = getattr(self.backbone, "head_hidden_size", None) or self.backbone.num_features

    def forward(self, images: Tensor) -> Tensor:
        return self.backbone(self.centre(images))


class TransformersText(TextTower):
    """A text encoder from transformers, its last hidden states averaged over the tokens.

    length: tokens that it reads. layers: only the first so many; None for all.
    """

    def __init__(self, name: str, length: int = 64, layers: int | None = None):
        super().__init__()
        from transformers import AutoModel, AutoTokenizer

        path = locate(name).removeprefix(LOCAL)
        depth = {} if layers is None else {"num_hidden_layers": layers}
        self.tokenizer = load_from(name, lambda: AutoTokenizer.from_pretrained(path))
        with _quiet():  # of the layers that are left out
            self.encoder = load_from(name, lambda: AutoModel.from_pretrained(path, **depth))
        self.length, self.features = length, self.encoder.config.hidden_size
        self.tail = nn.ModuleList()  # the layers that learn on top of frozen ones

    def tokenize(self, texts: list[str]) -> Tokens:
        read = self.tokenizer
        ids = read(texts, padding=True, truncation=True, max_length=self.length, return_tensors="pt")["input_ids"]
        if not ids.shape[1]:  # nothing but empty texts, and no tokens of the model's own around them
            ids = torch.full((len(texts), 1), self.tokenizer.pad_token_id)
        whole = read(texts, truncation=False)["input_ids"]
        return Tokens(ids, tuple(len(row) > self.length for row in whole))

    def spans(self, text: str) -> list[tuple[int, int]]:
        read = self.tokenizer(text, truncation=True, max_length=self.length, return_offsets_mapping=True)
        return read["offset_mapping"]

    def embed(self, tokens: Tensor) -> Sequence:
        real = tokens != self.tokenizer.pad_token_id
        mask = real.flip(1).cumsum(1).flip(1) > 0  # only at the end is it padding: a text may name the token itself
        return Sequence(self.encoder.get_input_embeddings()(tokens), mask)

    def forward(self, text: Sequence) -> Tensor:
        return self.rest(self.front(text))

    @property
    def frozen_part(self) -> nn.Module | None:
        return self.encoder if len(self.tail) else super().frozen_part

    def front(self, batch: Sequence) -> Tensor:
        """The features; or, before a tail, the hidden states of `length` tokens and which of them there are."""
        longest = max(1, int(batch.mask.sum(1).max()))
        values, mask = batch.values[:, :longest], batch.mask[:, :longest]
        states = Sequence(self.encoder(inputs_embeds=values, attention_mask=mask.long()).last_hidden_state, mask)
        if not len(self.tail):
            return states.mean()
        states = states.padded(self.length)
        return torch.cat([states.values, states.mask[..., None]], dim=2).flatten(1)

    def rest(self, values: Tensor) -> Tensor:
        if not len(self.tail):
            return values
        hidden, mask = values.unflatten(1, (self.length, -1)).split([self.features, 1], dim=2)
        longest = max(1, int(mask.sum(1).max()))
        hidden, there = hidden[:, :longest], mask[:, :longest, 0] > 0
        for layer in self.tail:
            hidden = layer(hidden, there[:, None, None])
        return Sequence(hidden, there).mean()

    def unfreeze(self, layers: int) -> None:
        if not layers:
            return
        stack = getattr(getattr(self.encoder, "encoder", None), "layer", None)
        if stack is None:
            return super().unfreeze(layers)
        first = max(0, len(stack) - layers)
        self.tail = stack[first:].requires_grad_(True)
        self.encoder.encoder.layer = stack[:first]
