"""What a survey means, in plain sentences: one for the whole, one for each figure."""

from analysis.dataset.survey import Survey
from analysis.words import VIEW_TITLES, listed, percent, short_name, subject
from msd_core.evaluate import main_metric
from msd_core.views import MODALITIES, VIEWS

_ALIKE = 0.1  # saliencies whose difference is under this share of the larger are called alike
_LEAST = 0.005  # bits: what is less would read as the same number
_OUTPUTS = {"probability": "probabilities", "logit": "logits"}


def headline(survey: Survey) -> str:
    """What the teacher rests on over the whole split, and how far merely adding up image and text would get."""
    model = survey.models[survey.teacher]
    means = dict(zip(MODALITIES, survey.saliency.mean(0).tolist(), strict=True))
    more, less = sorted(means, key=means.__getitem__, reverse=True)
    who = _who(survey)
    if means[more] - means[less] < max(_ALIKE * means[more], _LEAST):
        moved = f"Hiding the {more} moves {who} about as much as hiding the {less}"
        amounts = f"{means[more]:.2f} and {means[less]:.2f} bits on average"
    else:
        moved = f"Hiding the {more} moves {who} more than hiding the {less}"
        amounts = f"{means[more]:.2f} against {means[less]:.2f} bits on average"
    full, additive = model.metrics["both"][main_metric(survey.task)], model.emap.metric
    name = " macro F1" if survey.task.multilabel else ""
    return (
        f"{moved}: {amounts}; merely adding up image and text would score {_score(additive)}{name} instead of "
        f"{_score(full)}."
    )


def count_of(survey: Survey, kept: int, drawn: int) -> str:
    """How many examples a filter keeps, and how many of them are drawn."""
    count = f"{kept:,} of {len(survey.split):,} examples"
    return count if drawn == kept else f"{count}; {drawn:,} of them drawn"


def spread(survey: Survey) -> str:
    """Whether hiding a modality moves the teacher as much on training examples as on held-out ones."""
    held, trained = survey.saliency.mean(0).tolist(), survey.training.mean(0).tolist()
    parts = [f"{m} {s:.2f} and {h:.2f}" for m, s, h in zip(MODALITIES, trained, held, strict=True)]
    alike = all(abs(s - h) < 0.02 for s, h in zip(trained, held, strict=True))
    how = "as much on training as on held-out examples" if alike else "differently on training and held-out examples"
    return f"Hiding a modality moves {_who(survey)} {how}: on average {listed(parts)} bits."


def density(survey: Survey, label: int | None = None) -> str:
    """How sure the teacher is on average given both, the image alone and the text alone."""
    scores = survey.scores(survey.teacher, label).nanmean(0).tolist()
    of = "the true label" if label is None else f"“{survey.task.labels[label]}”"
    both, image, text = (percent(scores[VIEWS.index(v)]) for v in ("both", *MODALITIES))
    sure = f"Given both, {_who(survey)} gives {of} {both} on average"
    return f"{sure}; given the image alone {image}, the text alone {text}."


def gap(survey: Survey) -> str:
    """Where a student differs most from the teacher, and which stays closest when a modality is hidden."""
    means = {name: survey.gap[name].mean((0, 2)).tolist() for name in survey.students}
    if not means:
        return "There is no student beside this model."
    name, view = max(((n, i) for n in means for i in range(len(VIEWS))), key=lambda place: means[place[0]][place[1]])
    closest = min(means, key=lambda n: sum(means[n][VIEWS.index(m)] for m in MODALITIES))
    return (
        f"{short_name(name)} differs most from the teacher when it sees {_what(VIEWS[view])} "
        f"({means[name][view]:.2f} nats); with one modality hidden {short_name(closest)} is closest."
    )


def additivity(survey: Survey) -> str:
    """What only image and text together give each model."""
    metric = main_metric(survey.task)
    gains = {n: 100 * (m.metrics["both"][metric] - m.emap.metric) for n, m in survey.models.items()}
    parts = [f"{short_name(name)} {gain if abs(gain) >= 0.05 else 0:+.1f}" for name, gain in gains.items()]
    return f"Score that depends on image and text together: {listed(parts)} percentage points.".replace("-", "−")


def perceptual(survey: Survey) -> str:
    """Which modality the teacher loses more by."""
    score = survey.models[survey.teacher].perceptual.score
    more, less = sorted(MODALITIES, key=score.__getitem__, reverse=True)
    return (
        f"With another example’s {more} {_who(survey)} loses {percent(score[more])} of its score, with another’s "
        f"{less} {percent(score[less])}."
    )


def calibration(survey: Survey, view: str, label: int | None = None) -> str:
    """Whose confidence is closest to how often it is right, and whose is farthest off."""
    errors = {}
    for name in survey.models:
        reliability = survey.reliability(name)[view]
        errors[name] = (reliability[label or 0] if isinstance(reliability, list) else reliability).error
    best, worst = min(errors, key=errors.__getitem__), max(errors, key=errors.__getitem__)
    sentence = f"{VIEW_TITLES[view]}: {short_name(best)} has a calibration error (ECE) of {100 * errors[best]:.1f} %"
    others = f", the lowest; {short_name(worst)} the highest, {100 * errors[worst]:.1f} %" if len(errors) > 1 else ""
    return f"{sentence}{others}."


def emap_note(survey: Survey) -> str:
    """How the EMAPs were made."""
    additive = survey.models[survey.teacher].emap
    how = "every pair of an image and a text" if additive.interval is None else "a sample of pairs, hence the interval"
    return f"EMAP on {_OUTPUTS[additive.output]}, from {additive.pairs:,} pairs: {how}."


def _what(view: str) -> str:
    return {"both": "both", "image": "the image only", "text": "the text only", "neither": "neither"}[view]


def _score(share: float) -> str:
    """A score for a sentence, never rounded to perfect."""
    return f"{100 * share:.1f} %" if 0.99 <= share < 1 else f"{100 * share:.0f} %"


def _who(survey: Survey) -> str:
    """The teacher within a sentence."""
    name = subject(survey.teacher)
    return name[0].lower() + name[1:] if survey.teacher == "teacher" else name
