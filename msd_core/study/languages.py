"""What a study says of languages: by view, what students know of those whose labels they learned from and of all
others."""

from dataclasses import dataclass

from msd_core.views import MODALITIES

SOURCE, ZERO_SHOT = "source", "zero_shot"
SHOWN = ("both", *MODALITIES)  # the views that are told apart by language


@dataclass(frozen=True)
class Contrast:
    """A difference that is named before any run: `arm` minus `against` on a measure (`zero_shot_text`: the mean over
    the languages without labels, the picture hidden). bar: what its interval shall lie above; None where nobody has
    seen enough to say."""

    arm: str
    against: str
    measure: str
    bar: float | None = None


NAMED = (
    # distilling before the labels or with them
    Contrast("ce/pretrained", "kd", "zero_shot_text", 0.15),
    Contrast("ce/pretrained", "kd", "zero_shot_both", 0.12),
    # does distilling with the labels hurt?
    Contrast("kd", "ce", "zero_shot_text"),
    Contrast("kd", "ce", "zero_shot_both"),
    # is it the teacher, or that names of one thing belong together?
    Contrast("ce/pretrained", "ce/translated", "zero_shot_text", 0.03),
    # a larger teacher against smaller ones
    *(
        Contrast("kd/pretrained", f"kd/pretrained/{smaller}", measure)
        for smaller in ("minilm", "scratch")
        for measure in ("source_both", "zero_shot_both", "zero_shot_text")
    ),
    # modality-specific distillation, and the same hidden views without a teacher
    Contrast("kd+instance/pretrained", "kd/pretrained", "zero_shot_both"),
    Contrast("kd+instance/pretrained", "ce/hide/pretrained", "zero_shot_both"),
)
