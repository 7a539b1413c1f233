"""One run in one process or several, started by `accelerate launch` or `torchrun`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration


def new_accelerator() -> Accelerator:
    """Device, precision and company of this process. bfloat16 where the card has it."""
    several = int(os.environ.get("WORLD_SIZE", 1)) > 1
    return Accelerator(
        cpu=several and not torch.accelerator.is_available(),  # else each process would take itself for the only one
        mixed_precision="bf16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "no",
        dataloader_config=DataLoaderConfiguration(even_batches=False),  # `BatchSampler` deals out every example once
    )


@contextmanager
def first_process_first(accelerator: Accelerator) -> Iterator[None]:
    """The first process goes ahead and the others follow, also where it met an error, so that they meet it too."""
    if not accelerator.is_main_process:
        accelerator.wait_for_everyone()
    try:
        yield
    finally:
        if accelerator.is_main_process:
            accelerator.wait_for_everyone()
