"""What the figures mean, for a class and for those who want the formula."""

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
