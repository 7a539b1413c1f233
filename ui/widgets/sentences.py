"""What it all means in words: answers, sentences, and the one sentence that says what went wrong."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from ui.widgets.base import Widget

if TYPE_CHECKING:  # heavy
    from analysis.pair.sentences import Line

_STYLE = """
li > span:first-child { flex: 1 1 300px; } li > .mark { margin-inline-start: auto; }
.headline { font-size: clamp(20px, 2.4vw, 26px); line-height: 1.35; font-weight: 650; letter-spacing: -0.01em;
  margin: 0 0 6px; color: var(--body-text-color); text-wrap: pretty; }
.answer { font-size: 15px; color: var(--body-text-color-subdued); margin: 0 0 14px; }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--border-color-primary); }
li { display: flex; flex-wrap: wrap; gap: 0 12px; justify-content: space-between; align-items: baseline;
  padding: 9px 0; font-size: 15.5px; line-height: 1.45; border-bottom: 1px solid var(--border-color-primary); }
li:last-child { border-bottom: 0; padding-bottom: 0; }
.mark { white-space: nowrap; font-size: 13.5px; font-variant-numeric: tabular-nums;
  color: var(--body-text-color-subdued); }
.mark b { font-weight: 600; color: var(--body-text-color); }"""


class Answers(Widget):
    """Warnings, the first model's sentence in large, one line for each other model."""

    STYLE = _STYLE

    @staticmethod
    def render_html(lines: "list[Line]", warnings: Iterable[str], doubtful: bool = False) -> str:
        """The markup of warnings and of models' answers, the teacher's first; greyed where they are not trusted."""
        first, rest = lines[0], lines[1:]
        notice = notice_html(warnings)
        if doubtful:
            notice += '<p class="answer">Their answers, which may be unreliable:</p>'
        # of a multi-label task the sentence has named the answer, and there is no one probability to give
        items = "".join(
            f"<li><span>{escape(line.text)}</span>{_mark(line, line.prob is not None)}</li>" for line in rest
        )
        of = "The teacher’s answer" if first.model == "teacher" else "Its answer"
        return (
            f'{notice}<div class="says{" doubtful" if doubtful else ""}"><p class="headline">{escape(first.text)}</p>'
            f'<p class="answer">{of}: {_mark(first)}</p><ul>{items}</ul></div>'
        )


def _mark(line: "Line", named: bool = True) -> str:
    """A model's answer in short, and whether it is right, by a sign and a word."""
    from analysis.words import percent

    prob = "" if line.prob is None else percent(line.prob)
    parts = [f"<b>{escape(line.answer)}</b> {prob}".strip()] if named else []
    parts += [] if line.right is None else ["✓ right" if line.right else "✗ wrong"]
    return f'<span class="mark">{" · ".join(parts)}</span>'


class Sentences(Widget):
    """Plain sentences: warnings, one in large, a note, a list."""

    STYLE = (
        f"{_STYLE} li {{ display: list-item; }} p {{ overflow-wrap: anywhere; }} "
        ".says > :last-child { margin-bottom: 0; }"
    )

    @staticmethod
    def render_html(headline: str, note: str, lines: Iterable[str], warnings: Iterable[str] = ()) -> str:
        """The markup of sentences; the notes and lists that are empty are left out."""
        large = f'<p class="headline">{escape(headline)}</p>' if headline else ""
        small = f'<p class="answer">{escape(note)}</p>' if note else ""
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        return f'{notice_html(warnings)}<div class="says">{large}{small}{f"<ul>{items}</ul>" if items else ""}</div>'


def notice_html(warnings: Iterable[str]) -> str:
    """The markup of warnings; nothing where there are none."""
    notice = "".join(f"<p>{escape(warning)}</p>" for warning in warnings)
    return f'<div class="notice warning" role="alert">{notice}</div>' if notice else ""


def error_html(sentence: str) -> str:
    """The markup of one sentence that says what went wrong and what to do."""
    return f'<div class="notice error" role="alert"><p>{escape(sentence)}</p></div>'
