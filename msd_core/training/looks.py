"""A look at a task's data with the eyes of the model that is to be trained on them."""

from torch import Tensor

from msd_core.data_report import DataReport, data_report
from msd_core.inputs import chunks, read_inputs
from msd_core.models.base import Features
from msd_core.tasks import Split, Task
from msd_core.training.config import Config
from msd_core.training.distill import new_student
from msd_core.training.events import OnEvent, Stage, ignore


def look(task: Task, config: Config, on_event: OnEvent = ignore) -> DataReport:
    """The report on a task before a model of this config is trained on it: what its frozen towers make of the data,
    which the run will need anyway, serves the report's linear models."""
    on_event(Stage("Looking at the data"))
    model = new_student(task, config, share=True).eval()

    def features(split: Split) -> dict[str, Tensor]:
        inputs = read_inputs(model, split, on_event)
        assert isinstance(inputs.pictures, Features) and isinstance(inputs.tokens, Features)
        return {"image": inputs.pictures.values, "text": inputs.tokens.values}

    frozen = all(model.frozen_part(modality) is not None for modality in ("image", "text"))
    return data_report(
        task,
        task.files.left_out if task.files else (),
        features if frozen else None,
        lambda texts: [cut for chunk in chunks(texts) for cut in model.tokenize(chunk).truncated],
    )
