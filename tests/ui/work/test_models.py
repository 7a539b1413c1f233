"""Which models a visitor may ask about a task."""

from msd_core.models.bundled import BUNDLED
from msd_core.tasks import load_task
from ui.work.models import TICKED, has_teacher, models_for, students_for, teacher_for

OWN = {"Your student 1 (kd)": "A" * 32}


def test_the_tasks_own_students_come_first(easy_vqa):
    assert students_for(easy_vqa, OWN) == [*BUNDLED[1:5], *OWN] and set(TICKED) <= set(BUNDLED[1:5])
    assert students_for(load_task("emoji"), OWN) == [*BUNDLED[1:], *OWN]
    assert list(models_for(easy_vqa, {})) == ["teacher", *students_for(easy_vqa)]
    assert has_teacher(easy_vqa) and teacher_for(easy_vqa) is not None


def test_a_task_without_models_has_the_visitors_own_alone(fifth):
    assert students_for(fifth, OWN) == [*OWN] and students_for(fifth) == []
    assert not has_teacher(fifth) and teacher_for(fifth) is None
