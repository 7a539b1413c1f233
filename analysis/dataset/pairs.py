"""Which pairs a swap matrix begins with."""

from analysis.examples import Shown, gallery, show, test_examples


def first_pairs(task: str, count: int) -> list[Shown]:
    """So many test examples, no picture and no text twice: the gallery's first, then the next ones."""
    found: list[Shown] = []
    rows = [shown.row for shown in gallery(task)]
    examples = test_examples(task)
    for row in (*rows, *range(len(examples))):
        example = examples[row]
        fresh = all(example.image != s.example.image and example.text != s.example.text for s in found)
        if fresh:
            found.append(show(task, row))
        if len(found) == count:
            break
    return found
