"""Towers from open_clip, timm and transformers, by name on the hub or from a local folder (`local-dir:/path`).

Pictures come as `(B, 3, S, S)` in [0, 1]; each tower resizes and centres them as it was trained to.
"""

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.errors import UserError
from msd_core.models.base import Embedded
from msd_core.tokenizer import Tokens


def _load(name: str, make):
    try:
        return make()
    except (OSError, RuntimeError, ValueError, KeyError) as error:  # what the three libraries raise for a missing model
        raise UserError(
            f"The pretrained model {name!r} could not be loaded: check its name and that its hub can be reached, "
            "or give local-dir: and a folder."
        ) from error


class _Centred(nn.Module):
    """Resizes to what a pretrained tower reads and centres by its mean and deviation."""

    def __init__(self, size: int, mean: tuple[float, ...], std: tuple[float, ...]):
        super().__init__()
        self.size = size
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        sized = F.interpolate(images, (self.size, self.size), mode="bicubic", antialias=True)
        return (sized.clamp(0, 1) - self.mean) / self.std


@lru_cache(maxsize=1)  # its two towers are asked for one after the other
def _open_clip(name: str, pretrained: str | None) -> nn.Module:
    import open_clip

    return _load(name, lambda: open_clip.create_model(name, pretrained=pretrained, require_pretrained=True))


class OpenClipImage(nn.Module):
    """The image tower of a CLIP from open_clip (Ilharco et al. 2021, doi:10.5281/zenodo.5143773)."""

    def __init__(self, name: str, pretrained: str | None = None):
        super().__init__()
        visual = _open_clip(name, pretrained).visual
        size = visual.image_size
        self.centre = _Centred(size if isinstance(size, int) else size[0], visual.image_mean, visual.image_std)
        self.visual, self.features = visual, visual.output_dim

    def forward(self, images: Tensor) -> Tensor:
        return self.visual(self.centre(images))


class OpenClipText(nn.Module):
    """The text tower of a CLIP from open_clip. It takes no embeddings itself, so its steps are taken one by one."""

    def __init__(self, name: str, pretrained: str | None = None):
        super().__init__()
        import open_clip

        clip = _open_clip(name, pretrained)
        if not hasattr(clip, "token_embedding") or clip.text_pool_type not in ("argmax", "eos"):
            raise UserError(f"The text tower of {name!r} is of another kind than CLIP's: choose a CLIP model.")
        self.read = open_clip.get_tokenizer(name)
        self.embedding, self.transformer, self.norm = clip.token_embedding, clip.transformer, clip.ln_final
        self.position, self.projection = clip.positional_embedding, clip.text_projection
        self.register_buffer("causal", clip.attn_mask, persistent=False)
        self.features = self.projection.shape[1]

    def tokenize(self, texts: list[str]) -> Tokens:
        ids = self.read(texts)
        return Tokens(ids, tuple(bool(row[-1]) for row in ids))  # a full row may have lost its end

    def spans(self, text: str) -> list[tuple[int, int]]:
        """CLIP's tokenizer keeps no positions: each piece is looked for in the text, from where the last one ended."""
        lowered, at, found = text.lower(), 0, []
        for token in self.read([text])[0].tolist():
            if token == 0 or token in self.read.all_special_ids:
                found.append((0, 0))
                continue
            piece = self.read.decode([token]).strip()
            start = lowered.find(piece, at)
            if start < 0:  # a part of one character, or one that the tokenizer writes otherwise
                start = at + len(lowered[at:]) - len(lowered[at:].lstrip())
                found.append((start, start + 1))
                continue
            at = start + len(piece)
            found.append((start, at))
        return found

    def embed(self, tokens: Tensor) -> Embedded:
        return Embedded(self.embedding(tokens), tokens != 0)

    def forward(self, text: Embedded) -> Tensor:
        hidden = self.norm(self.transformer(text.values + self.position, attn_mask=self.causal))
        end = text.mask.sum(1) - 1  # CLIP's answer stands where the text ends
        return hidden[torch.arange(len(hidden), device=hidden.device), end] @ self.projection


class TimmImage(nn.Module):
    """A pooled image backbone from timm (Wightman 2019, doi:10.5281/zenodo.4414861)."""

    def __init__(self, name: str):
        super().__init__()
        import timm

        self.backbone = _load(name, lambda: timm.create_model(name, pretrained=True))
        self.backbone.reset_classifier(0)  # pooled features instead of its own labels
        config = timm.data.resolve_model_data_config(self.backbone)
        self.centre = _Centred(config["input_size"][-1], config["mean"], config["std"])
        self.features = getattr(self.backbone, "head_hidden_size", None) or self.backbone.num_features

    def forward(self, images: Tensor) -> Tensor:
        return self.backbone(self.centre(images))


class TransformersText(nn.Module):
    """A text encoder from transformers, its last hidden states averaged over the tokens."""

    def __init__(self, name: str, length: int = 64):
        super().__init__()
        from transformers import AutoModel, AutoTokenizer

        path = name.removeprefix("local-dir:")
        self.read = _load(name, lambda: AutoTokenizer.from_pretrained(path))
        self.encoder = _load(name, lambda: AutoModel.from_pretrained(path))
        self.length, self.features = length, self.encoder.config.hidden_size

    def tokenize(self, texts: list[str]) -> Tokens:
        ids = self.read(texts, padding=True, truncation=True, max_length=self.length, return_tensors="pt")["input_ids"]
        whole = self.read(texts, truncation=False)["input_ids"]
        return Tokens(ids, tuple(len(row) > self.length for row in whole))

    def spans(self, text: str) -> list[tuple[int, int]]:
        read = self.read(text, truncation=True, max_length=self.length, return_offsets_mapping=True)
        return read["offset_mapping"]

    def embed(self, tokens: Tensor) -> Embedded:
        return Embedded(self.encoder.get_input_embeddings()(tokens), tokens != self.read.pad_token_id)

    def forward(self, text: Embedded) -> Tensor:
        hidden = self.encoder(inputs_embeds=text.values, attention_mask=text.mask.long()).last_hidden_state
        mask = text.mask[..., None]
        return (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
