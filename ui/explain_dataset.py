"""What the figures of Explore mean, for a class and for those who want the formula."""

SCATTER = r"""
**In plain words.** Every point is one example of the test split, which the teacher never saw. The further right, the
more its answer moves when the picture is hidden; the higher, the more when the words are. Bottom left: it would have
answered the same without either. Click a point to see what it is.

**For others.** Necessity of each modality, $D(p_\text{both}, p_\text{both without m})$ with $D$ the Jensen-Shannon
divergence in bits (multi-label: its mean over labels). Where more examples pass the filters than can be drawn, a fixed
random sample of them is.
"""

SPREAD = """
**In plain words.** A model that learned its training examples by heart is surer of them than of new ones, and hiding a
half moves it more. If the two lines lie on each other, it did not.

**For others.** The same necessity, over examples of the training split and over the whole test split, in 20 bins. The
height is the square root of the share, so that small groups can be seen beside large ones.
"""

DENSITY = """
**In plain words.** How sure is a model of the right answer, given both halves, or only one? A line that is high on the
right means: for many examples, nearly certain. A student is like its teacher if all three of its lines are.

**For others.** The distribution of p(label | view) over the test split, in 20 bins, for the true label of each example
or for one label (multi-label: the mean over its true labels). The idea of looking at the densities of outputs by view
is from Jin et al. 2021, *MSD: Saliency-aware Knowledge Distillation for Multimodal Understanding*, whose first figure
shows it. The square-root scale is ours.
"""

GAP = r"""
**In plain words.** How far a student's answers are from its teacher's, for each thing they may see. 0 means that they
say the same.

**For others.** $\mathrm{KL}(p_\text{teacher} \,\|\, p_\text{student})$ in nats at temperature 1, the mean over the test
split (multi-label: over labels, too). A student that was never trained on a hidden half answers it with the mean
encoding in its place: that its gap is large there is a finding about KD, and partly about that null embedding.
"""

ADDITIVITY = r"""
**In plain words.** Suppose the picture gave points to each answer, the words gave points, and they were merely added
up, so that nothing could come of the two together. How many answers would still be right? The broad line is what is
lost: that much needs picture and words *together*.

**For others.** EMAP, the empirical multimodally-additive projection (Hessel & Lee 2020, arXiv:2010.06572):
$\hat f(i, t) = \mathbb{E}_{t'} f(i, t') + \mathbb{E}_{i'} f(i', t) - \mathbb{E}_{i', t'} f(i', t')$ over all pairs of
an image and a text of the split. $f$ are probabilities, whose sums a reader can follow, or on request logits. Where
there are too many pairs, a sample is fused, and the interval is what that sampling leaves open. A model that does as
well by its EMAP has not been *shown* to combine the two.
"""

PERCEPTUAL = """
**In plain words.** Give every example the picture of another one, and see how much of the score is lost. What a model
does not look at, it does not miss.

**For others.** The Perceptual Score (Gat, Schwartz & Schwing 2021, arXiv:2110.14375): the mean loss in the task's
metric when one modality is permuted over the split, divided by the intact metric; mean of 5 permutations, and
the line is their standard deviation. A permuted pair is a real picture with real words, so no null
embedding is involved.
"""

CALIBRATION = r"""
**In plain words.** Of all answers that a model is 80 % sure of, 80 % should be right. Below the dotted line it is too
sure of itself, above it too modest. Look at it with one half hidden: is it still as sure as before?

**For others.** 15 bins of equal width of the probability of the likeliest label (multi-label: of one label); the marks
grow with the bin. The expected calibration error is $\sum_b \frac{n_b}{N} |\mathrm{acc}_b - \mathrm{conf}_b|$ (Guo et
al. 2017, arXiv:1706.04599).
"""

SWAP = r"""
**In plain words.** Every picture meets every text. If all rows look alike, the picture does not matter; if all columns
do, the words do not. A chequered map means that only the two together decide. The right-hand map takes away what the
picture and the words give on their own and leaves just that.

**For others.** Left $f(i, t)$, the probability of one label; right the interaction $f(i, t) - \bar f(i, \cdot) - \bar
f(\cdot, t) + \bar f(\cdot, \cdot)$ over the pairs shown, which is what EMAP removes. Its rows and columns sum to 0.
"""
