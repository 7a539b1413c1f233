"""What the figures mean, for a class and for those who want the formula."""

import gradio as gr


def what_is_this(text: str) -> None:
    """A text that opens for those who ask, in the column that is being built."""
    with gr.Accordion("What is this?", open=False):
        gr.Markdown(text, latex_delimiters=[{"left": "$", "right": "$", "display": False}])


VIEWS = """
**In plain words.** Each model answers the same pair four times: seeing both halves, the image alone, the text alone,
and neither. To the right the text is hidden, downwards the image. If a bar moves when something is hidden, the answer
needed it. With nothing to see or read, what is left is the model's habit.

**For others.** A hidden modality is replaced by the model's null embedding: learned where the model was trained on
hidden views (teacher, MSD), the mean encoding of the training split where it was not (labels only, KD). The mean is
nothing that such a student ever met, so its bar can be wild. The thin line ends at its answer averaged over 64 images
or texts of the training split in place of the hidden one, each of which it can read. Where bar and line disagree, the
bar says how the student takes a missing half, the line what it knows from the other half alone.
"""

SALIENCY = r"""
**In plain words.** How far the whole prediction moves when one half is hidden: 0 means not at all, 1 as far as can
be.

**For others.** Necessity $n_m = D(p_\text{both}, p_\text{both without m})$, with $D$ the Jensen-Shannon divergence in
bits (multi-label: its mean over labels). With two modalities there are only two such numbers: necessity of the image
is 1 − sufficiency of the text, and the other way round. **Raw values do not compare between tasks**: a confident
model that falls back to chance moves 0.31 bits with 2 labels, 0.80 with 13.

The idea of weighing modalities by saliency is from Jin et al., *MSD: Saliency-aware Knowledge Distillation for
Multimodal Understanding*, Findings of EMNLP 2021; the formula is ours.
"""

SHAPLEY = r"""
**In plain words.** How the probability of one label is built up, from what the model says of nothing to what it says
of the pair: a share for the image, a share for the text. The interaction is what both give together beyond the sum of
each alone; half of it is in either share. Large shares with a large interaction mean: neither half would have done.

**For others.** The four views $v$ are a complete two-player game, so these Shapley values are exact:
$\varphi_\text{image} = \frac{(v_\text{image} - v_\text{neither}) + (v_\text{both} - v_\text{text})}{2}$, the text's
likewise, interaction $= v_\text{both} - v_\text{image} - v_\text{text} + v_\text{neither}$, and $\varphi_\text{image}
+ \varphi_\text{text} = v_\text{both} - v_\text{neither}$. This is a coarser game than that of MM-SHAP, whose players
are patches and words.
"""

MAPS = r"""
**In plain words.** A map says what each patch of the picture and each word did for one label: **orange, with a + or a
solid line, speaks for it; violet, with a − or a dotted line, against it**. All maps share one scale, so a pale map is
a model that the pair moves less, or one that spreads its reasons thinly. A patch may stand for more than 100 points
where others take back what it gives: only their sum is bound. Pixels are coloured by density: the mean
colour of a patch's pixels is the colour of the patch, where nothing is off the scale.

**The bars beside each map** compare three ways to ask which half a model listens to. *Mass* adds up the sizes of all
values, so much movement that cancels out counts too. *Necessity* hides a whole half. *Shapley* splits the label's
probability between the halves. Full bars mean 100 % of the mass, 1 bit, 100 percentage points; a dashed bar is
negative. They often disagree, and none of them is wrong: they answer different questions.

**For others.** A value is the score's change that the method ascribes to a pixel or word, in percentage points of
probability or nats of the logit. Integrated Gradients (Sundararajan, Taly, Yan 2017) follows the gradient from a
baseline $x'$ to the pair: $a_i = (x_i - x'_i) \int_0^1 \partial_i f(x' + t (x - x'))\, dt$, and so its values add up to
$f(x) - f(x')$ but for an error that more steps make smaller. Input × Gradient: Shrikumar et al. 2016. GradientSHAP:
Erion et al. 2021; its baselines are drawn at random, so its sum is only right on average. Feature Ablation and
Occlusion (Zeiler, Fergus 2014) take things away one by one; Shapley value sampling (Castro, Gómez, Tejada 2009) and
KernelSHAP (Lundberg, Lee 2017) take away many at once. An absent word is a zero embedding. With Shapley values the
text's share of the mass is T-SHAP of MM-SHAP (Parcalabescu, Frank 2023).
"""

TRUST = r"""
**In plain words.** If a map is right about what matters, taking away its best patches and words first must sink the
score at once (deletion), and putting them first into an empty pair must lift it at once (insertion). A map that does
so no better than **random orders** tells you nothing about the model, however convincing it looks. The wider the
filled band between the two lines, the better; in insertion the map's line should run above, in deletion below.

**For others.** Deletion and insertion: Petsiuk, Das, Saenko 2018; the areas are the mean heights of the curves.
*Comprehensiveness* is the score lost without the first 5, 10, 20 and 50 % of patches and words, on average, and
*sufficiency* the score still missing with these alone (DeYoung et al. 2020). *Infidelity* is the mean squared
difference between what the map foretells of a random removal $r$ and what the removal does,
$E[(\beta\, r^\top a - (f(x) - f(x - r)))^2]$, after the best scaling $\beta$; *sensitivity* the largest relative change
of the map when the pair is nudged (both Yeh et al. 2019). All of them take away what a model never met, so a low score
can be the model's confusion as well as the map's fault.
"""

ALIKE = r"""
**In plain words.** A student can give the teacher's answer for other reasons. The rank correlation is 1 where both
maps put patches (or words) in the same order, 0 where the orders have nothing to do with each other, −1 where they are
reversed. *In common* is how many of the teacher's highest patches (10 %) and words (20 %), those most in favour of the
label, are among the student's highest too; compare it with the number in brackets, which unrelated maps would reach.

**For others.** Spearman's $\rho$ of the signed values; it is empty with fewer than three words. The chance level
of the overlap is the share of patches or words that count as highest.
"""

POINTING = r"""
**In plain words.** In some tasks the maker knows which part of the picture decides. A good map of a model that has
understood has its largest value there, and more of its mass than the part's share of the picture, which is what a map
drawn at random would have.

**For others.** The pointing game (Zhang et al. 2018), without a margin of tolerance, on pixels. The share inside is
$\sum_{i \in R} |a_i| / \sum_i |a_i|$. A baseline of the picture's own background colour helps a map here: where the
picture equals the baseline there is nothing to attribute.
"""
