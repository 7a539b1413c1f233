"""What memory keeps of visitors' tasks goes with them."""

from msd_core.models import bundled
from msd_core.tasks import stored
from ui.visitor import own_tasks, students
from ui.work import surveys


def clear_caches() -> None:
    """Forget examples, pictures, models, maps and surveys, anybody's: what is still wanted is made anew."""
    from analysis.pair import examples  # heavy
    from ui.work import attributions

    for module in (own_tasks, students, surveys, attributions, examples, bundled, stored):
        module.clear_cache()
