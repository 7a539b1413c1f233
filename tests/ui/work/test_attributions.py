"""Which models have a map."""

from ui.work.attributions import all_students, beside

OWN = {"Your student 1 (kd)": "A" * 32}


def test_the_last_two_that_were_ticked_stand_beside_the_teacher(easy_vqa):
    assert beside(easy_vqa, ["kd", "msd", "A" * 32], OWN) == (("msd", ""), ("Your student 1 (kd)", "A" * 32))
    assert beside(easy_vqa, ["msd", "ce"], {}) == (("ce", ""), ("msd", ""))
    assert beside(easy_vqa, ["teacher", "B" * 32], OWN) == ()


def test_a_task_without_models_has_the_visitors_own_alone(fifth):
    assert beside(fifth, ["kd", "A" * 32], OWN) == all_students(fifth, OWN) == (("Your student 1 (kd)", "A" * 32),)
