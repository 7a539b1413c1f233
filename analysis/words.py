"""How models and views are called wherever people read of them."""

from msd_core.views import VIEWS

NAMES = {  # short: a phone shows them in one row
    "teacher": "Teacher", "ce": "Labels only", "kd": "KD", "msd": "MSD", "recombined": "Recombined",
    "texts": "MSD + names", "pretrained": "Pretrained MSD",
}  # fmt: skip
SUBJECTS = {
    "teacher": "The teacher",
    "ce": "The labels-only student",
    "kd": "The KD student",
    "msd": "The MSD student",
    "recombined": "The student of recombined pairs",
    "texts": "The MSD student that also read names in all languages",
    "pretrained": "The MSD student with a pretrained text tower",
}
VIEW_TITLES = dict(zip(VIEWS, ("Both", "Image only", "Text only", "Neither"), strict=True))
EVIDENCE = {
    "image": "the image",
    "text": "the text",
    "both": "image and text together (neither alone does)",
    "either": "either one (each alone does)",
}
TERMS = {
    "loss": "Loss (all terms, weighted)",
    "ce": "Labels",
    "kd_both": "Teacher, both",
    "kd_image": "Teacher, image only",
    "kd_text": "Teacher, text only",
    "kd_texts": "Teacher, texts without labels",
    "kd_recombined": "Teacher, recombined pairs",
    "hint_image": "Features, image only",
    "hint_text": "Features, text only",
    "adversary": "Adversary, language of texts",
}
LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "zh": "Chinese",
}  # fmt: skip
METRICS = {"accuracy": "Accuracy (0–1)", "macro_f1": "Macro F1 (0–1)", "micro_f1": "Micro F1 (0–1)"}


def short_name(model: str) -> str:
    """What a model is called in a legend; a visitor's own, `Your student 1 (kd + instance)`, loses the brackets."""
    return NAMES.get(model, model.split(" (")[0])


def subject(model: str) -> str:
    """What a model is called at the start of a sentence."""
    return SUBJECTS.get(model, model)


def percent(share: float) -> str:
    """A probability for a sentence; what is not certain is never rounded to 0 or 100 %."""
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def language_name(code: str) -> str:
    """What a language is called in English; one that no task of ours has keeps its code, and none is `not known`."""
    return LANGUAGES.get(code, code or "not known")
