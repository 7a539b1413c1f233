"""What the figures of the Study tab mean, for a class and for those who want the formula."""

OVERVIEW = """
**In plain words.** Train the same small student twenty times in two ways, and take the difference each time: the mark
is the mean difference. Right of 0, MSD is better. If a line crosses 0, these runs do not tell the two ways apart, which
does not mean that they are the same.

**For others.** One difference, `kd+instance` less `kd`, was named before any run; its p-values are adjusted over the
tasks by Holm's method (1979). Runs of a pair share first weights, order of examples and teacher.
"""

FOREST = """
**In plain words.** Every way to train is held against one: the mark is how much better or worse it is on average. Only
the filled mark was announced beforehand. The others are worth a look, but among twenty of them one misses 0 by chance.
*Controls* do without what MSD is said to be about: where a control does as well, that was not the reason. `kd+uniform`
trains on each half alone without asking what matters: weighting by saliency must beat it.

**For others.** The thick line is Student's 95 % interval of the mean paired difference over seeds: what other seeds
would give. The thin one is a BCa bootstrap interval (4,000 resamples) over seeds and test pictures, crossed and widened
for few seeds: what other test pictures would give as well. Exploratory intervals are not adjusted for how many there
are. An arm far off the scale is named at the edge.
"""

CURVE = """
**In plain words.** Does it help when there is little to learn from, or when the data are bad? Each mark is a mean over
runs, each line the range in which the true mean lies, most likely.

**For others.** Student's 95 % interval of the mean over seeds; arms are drawn a little apart. Learning rates were
searched at every point, on clean labels of the validation split. Fewer examples are seen in more epochs, so that all
points have about as many steps. Wrong labels are drawn evenly from the other labels, for training alone; a misread word
is misread by the student alone, also in the test split. `all` is what is left when the meta split is withheld.
"""

LEARNING = """
**In plain words.** A student first learns to guess from the text alone. The lower line is how far that takes it. Then,
often late and at once, it learns to relate the text to the picture, and leaves that plateau. A method may win because
it leaves sooner, or because it ends higher.

**For others.** Means over runs hide that each run jumps in its own epoch. A run has left where it stays above the best
guess without the picture from that epoch on. That guess, made from all training examples, and the curves are of the
validation split, the teacher's score of the test split.
"""

ALONE = r"""
**In plain words.** Show a student only one half. How far are its answers from the teacher's? There are two ways to hide
the other half: put a fixed nothing in its place, or try 64 others and take the mean. A student of plain `kd` never met
that nothing, so it can look lost where it knows quite well.

**For others.** $\mathrm{KL}(p_\text{teacher} \,\|\, p_\text{student})$ in nats on the test split, mean over runs. The
teacher's answer is that to its own null embedding in both cases.
"""

EVIDENCE = """
**In plain words.** Whoever made the task knows what decides each label: the picture, the text, either of them, or only
both together. On which of these does the student do better for having learned each half?

**For others.** Share of right answers, arm less `kd`, with Student's 95 % interval over seeds. Of a task with several
labels at once every label is an answer by itself. Exploratory, as all but the named difference.
"""
