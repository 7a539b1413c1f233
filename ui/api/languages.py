"""The public endpoint on names in several languages."""

from typing import Any

from gradio.data_classes import FileData

from ui.visitor.checks import check_language, check_language_task, check_optional_upload, check_own, check_text
from ui.work.languages import ask_in, claim_of, leanings_of, scores_of, transfer_of


def languages(
    task: str,
    image: FileData | None = None,
    text: str = "",
    language: str = "",
    other_text: str = "",
    other_language: str = "",
    run: str = "",
) -> dict[str, Any]:
    """What went across languages in a task whose texts are in several; and what models answer to one picture under two
    texts.

    task: emoji or emoji-pairs. image, text and run: as for `/compare`. language: the code of the text's language, such
    as en, ar or ja, or "". other_text, other_language: a second text, or "". Without image and texts the answers are
    empty. Returns scores (one row a recipe, view and language: mean, low and high, the 95 % interval, 0 to 1, over
    count runs or test pictures), means (the same over languages: kind is source for those whose labels were learned
    from, zero_shot for all others), of (what these are means of), leanings (one row a model, modality and language:
    mean necessity, 0 to 1, bits), transfer (differences between recipes, those named beforehand among them, with p
    adjusted over these), claim (the first of those in words), answers (a title and text each, with
    predictions[model][view] of an answer and its prob, and saliency[model][modality]), sentences and warnings.
    """
    from msd_core.study.published import plain  # heavy: the page must be up soon

    subject = check_language_task(task)
    upload, own = check_optional_upload(image), check_own(run)
    texts = [
        (check_language(subject, code), check_text(words).strip())
        for code, words in ((language, text), (other_language, other_text))
    ]
    answer = ask_in(subject, None, upload, texts, own) if upload or any(words for _, words in texts) else None
    scores, means, of = scores_of(subject.name)
    return {
        "scores": plain(scores),
        "means": plain(means),
        "of": of,
        "leanings": plain(leanings_of(subject.name)),
        "transfer": plain(transfer_of(subject.name)),
        "claim": claim_of(subject.name),
        **(answer.to_dict() if answer else {"answers": [], "sentences": [], "warnings": []}),
    }
