"""The wordings of the sarcasm task: what is said of a thing, with which valence and which cue of tone."""

from random import Random

# How each thing may be called. Nothing here may hint at its state.
NOUNS = {
    "weather": ("weather", "sky", "sky up there", "weather out there", "weather overhead", "sky above us"),
    "plant": ("plant", "pot plant", "potted flower", "houseplant"),
    "cake": ("cake", "birthday cake", "homemade cake", "party cake"),
    "car": ("car", "little car", "motor car", "family car"),
    "house": ("house", "cottage", "little house", "country home"),
    "boat": ("boat", "sailboat", "little boat", "vessel"),
    "laptop": ("laptop", "computer", "work laptop", "notebook computer"),
    "bicycle": ("bike", "bicycle", "two-wheeler", "city bike"),
    "sandcastle": ("sandcastle", "sand fortress", "beach castle", "castle of sand"),
    "dog": ("dog", "pooch", "four-legged friend", "family dog"),
    "tree": ("tree", "apple tree", "garden tree", "old tree"),
    "ice cream": ("ice cream", "ice cream cone", "gelato", "frozen treat"),
}

# "What a lovely weather" is no English: what may follow "a" where the noun itself may not.
COUNTED = {"weather": ("sky", "spell of weather", "bit of weather", "stretch of sky", "show up in the sky")}

OWNERS = ("that", "this", "the", "our")

GOOD_WORDS = (
    "lovely", "gorgeous", "glorious", "splendid", "wonderful", "perfect", "magnificent", "delightful", "brilliant",
    "superb", "marvellous", "flawless", "fantastic", "first-rate", "beautiful", "top-notch", "stunning", "excellent",
    "heavenly", "adorable", "charming", "amazing", "impeccable", "fabulous",
)  # fmt: skip

BAD_WORDS = (
    "awful", "dreadful", "terrible", "miserable", "hopeless", "horrible", "ghastly", "sorry-looking", "pitiful",
    "disastrous", "dismal", "wretched", "lousy", "rotten", "abysmal", "tragic", "appalling", "atrocious",
    "depressing", "frightful", "grim", "catastrophic", "woeful", "shambolic",
)  # fmt: skip

# Frames without a value of their own: the word in them brings it.
FRAMES = (
    "what {a}", "{it} looks {word}", "{it} is simply {word}", "I call that {a}", "now that is {a}",
    "I would describe {it} as {word}", "how {word} {it} looks", "my one word for {it}: {word}",
    "there we have it, {a}", "rarely have I seen such {a}", "everybody agrees that {it} is {word}",
    "{it} turned out {word}", "such {a}", "you have to admit it, {it} is {word}", "{it} is as {word} as it gets",
    "there is no more {word} sight than {it}", "nothing is quite as {word} as {it}", "{it}: so {word}",
    "you could call {it} {word}", "this is what I call {a}",
)  # fmt: skip

GOOD_PHRASES = (
    "{it} could not look better", "ten out of ten for {it}", "I would not change a thing about {it}",
    "{it} has made my whole day", "someone give {it} a medal", "{it} deserves a round of applause",
    "what a stroke of luck with {it}", "{it} belongs on a postcard", "I could look at {it} for hours",
    "{it} exceeds all my hopes", "five stars for {it}", "{it} is all I ever dreamed of", "three cheers for {it}",
    "full marks for {it}", "we hit the jackpot with {it}", "{it} is the best thing I have seen all week",
    "I am in love with {it}", "{it} is a sight for sore eyes", "nothing wrong with {it} at all",
    "{it} could win first prize", "{it} is a dream come true", "everything went right with {it}",
    "{it} puts a smile on my face", "I feel so lucky about {it}", "{it} is a triumph", "{it} is a masterpiece",
    "hooray for {it}", "I am jumping for joy about {it}",
)  # fmt: skip

BAD_PHRASES = (
    "{it} could hardly look worse", "zero out of ten for {it}", "I would change everything about {it}",
    "{it} has ruined my whole day", "someone call for help with {it}", "{it} deserves a minute of silence",
    "terrible luck with {it}", "{it} deserves a warning sign", "I cannot bear to look at {it}",
    "{it} dashes all my hopes", "one star for {it}", "{it} is the stuff of nightmares", "such a shame about {it}",
    "no marks at all for {it}", "we drew the short straw with {it}", "{it} is the worst thing I have seen all week",
    "I am heartbroken about {it}", "{it} is a sorry sight", "nothing right with {it} at all",
    "{it} is beyond saving", "{it} is a real disaster", "everything went wrong with {it}",
    "{it} makes me want to cry", "I feel so unlucky about {it}", "{it} is a failure", "{it} is a complete mess",
    "I want my money back for {it}", "I am deeply disappointed in {it}",
)  # fmt: skip

# (good, bad) phrases that suit one thing only.
SPECIAL = {
    "weather": (
        ("the heavens are smiling on us today", "{it} is made for a picnic", "not a drop of trouble in {it}",
         "with {it} we can leave the umbrella at home"),
        ("the heavens are against us today", "{it} has cancelled our picnic", "nothing but trouble in {it}",
         "with {it} we should have stayed in bed"),
    ),
    "plant": (
        ("{it} is bursting with life", "clearly, someone here has green fingers"),
        ("{it} has given up on life", "clearly, nobody here remembers the watering can"),
    ),
    "cake": (
        ("I would eat {it} to the last crumb", "the baker deserves a kiss for {it}"),
        ("not even the ants would eat {it}", "the baker should apologise for {it}"),
    ),
    "car": (
        ("{it} will take us around the world", "{it} runs like a dream"),
        ("{it} will not make it to the corner", "{it} is ready for the scrapyard"),
    ),
    "house": (
        ("I could move into {it} tomorrow", "the builder of {it} deserves a raise"),
        ("I would not spend one night in {it}", "the builder of {it} should be ashamed"),
    ),
    "boat": (
        ("{it} could cross an ocean", "the captain of {it} has it all under control"),
        ("{it} could not cross a bathtub", "the captain of {it} had better swim"),
    ),
    "laptop": (
        ("{it} works like new", "no repairs needed for {it}"),
        ("{it} will never work again", "no repair shop can rescue {it}"),
    ),
    "bicycle": (
        ("{it} is ready for the grand tour", "I would race anyone on {it}"),
        ("{it} is ready for the junkyard", "I would rather walk than ride {it}"),
    ),
    "sandcastle": (
        ("{it} is fit for a king", "the architect of {it} is a genius"),
        ("{it} is not fit for a crab", "the architect of {it} should change jobs"),
    ),
    "dog": (
        ("{it} is ready for the beauty contest", "{it} may sit on my white sofa any time"),
        ("{it} needs three baths at least", "{it} is never sitting on my white sofa"),
    ),
    "tree": (
        ("{it} is in the best of health", "the gardener can be proud of {it}"),
        ("{it} has seen its last spring", "the gardener should weep over {it}"),
    ),
    "ice cream": (
        ("I cannot wait to taste {it}", "{it} is summer happiness itself"),
        ("nobody is going to taste {it} now", "{it} is summer sadness itself"),
    ),
}  # fmt: skip

# Said of a thing without judging it.
NEUTRAL = (
    "here is {it} {when}", "this is {it} {when}", "a picture of {it} {when}",
    "you can see {it} {here}", "I took this photo of {it} {when}",
    "someone asked me about {it} {when}", "{it}, {when}", "a note about {it} {when}", "{it} {here}",
    "posting {it} for the record", "my photo of {it} {when}", "I had a look at {it} {when}",
    "we talked about {it} {when}",
    "my aunt wrote about {it} {when}", "for those who wondered, {it} {when}",
    "we drew {it} in class {when}",
    "page four of the album: {it}", "{it} again, {when}", "{it}, photo number two",
)  # fmt: skip

# The same, of what one can walk up to.
NEUTRAL_NEARBY = (
    "I walked past {it} {when}", "we stopped by {it} {when}", "I am standing near {it}", "we met beside {it} {when}",
)  # fmt: skip

WHEN = (
    "today", "just now", "on Tuesday", "five minutes ago", "on the way home", "after work", "this week", "at half past",
    "during the break", "on Sunday", "a moment ago", "between two meetings",
)  # fmt: skip
HERE = ("in this picture", "as seen from the gate", "in the photo", "from where I stand", "in the frame")

# Openers and closers tell nothing: they go with every kind of remark.
OPENERS = (
    "look", "hey", "so", "right then", "dear diary", "hello all", "guys", "listen", "mum", "update", "quick note",
    "folks",
)  # fmt: skip
CLOSERS = (
    "More on that later.", "What do you say?", "That was my Monday.", "Over to you.",
    "Tell grandma.", "I took a photo.",
    "See you at six.", "Anyway, tea?", "Back to work now.", "That is all from me.", "Pass it on.", "Signed, me.",
)  # fmt: skip
ASIDES = ("never mind {other}", "forget about {other}", "ignore {other}", "leaving {other} aside")

# Cues of tone: (before the remark, after it).
SARCASTIC_CUES = (
    (
        "oh sure", "yeah, because you were all dying to know", "hold the front page",
        "stop the presses", "wow, just wow",
        "brace yourselves, thrill-seekers", "oh, lucky me", "as if anybody asked",
    ),
    (
        "Yeah, right.", "Said nobody ever.", "/s", "#not", "Oh sure, because that always works.",
        "As if.", "*slow clap*",
        "*rolls eyes*", "Please, hold your applause.", "Because that is just what I needed.", "Big surprise there, eh?",
        "Colour me shocked.", "And I am the Queen of the Moon.", "And pigs might fly.", "Tell me another one.",
        "I am on the edge of my seat, obviously.", "Alert the press.", "#sarcasm", "Cue the tiny violins.",
        "How will I ever sleep tonight.", "Thanks ever so much, universe.", "Whatever would we do without that.",
        "Sure, and my cat pays the rent.", "Try to contain your excitement.",
    ),
)  # fmt: skip
SINCERE_CUES = (
    (
        "honestly", "with all my heart", "hand on heart", "in all seriousness",
        "speaking in earnest", "to tell the truth",
        "I mean this sincerely", "no irony intended",
    ),
    (
        "And I mean every word.", "No joke.", "Honestly and truly.", "#grateful", "From the bottom of my heart.",
        "I am being completely serious.", "Cross my heart.", "I really do mean that.", "You have my word.", "/srs",
        "This comes straight from the heart.", "I say so in earnest.", "Sincerely yours.", "#sincerely",
        "And that is the honest truth.", "Take that at face value.", "No hidden meaning here.", "I kid you not.",
        "Thank you for asking, it means a lot.", "I am so glad I can share it with you.", "#fromtheheart",
        "I promise that is all I mean.", "Thank you, dear friends.", "Truly, no teasing this time.",
    ),
)  # fmt: skip


def valued(rng: Random, target: str, good: bool, other: str) -> str:
    """A remark on `target` with a good or bad valence and no cue of tone; now and then it brushes aside `other`."""
    specials = SPECIAL[target][0 if good else 1]
    draw = rng.random()
    if draw < 0.5:
        core = rng.choice(FRAMES)
    else:
        core = rng.choice(specials) if draw < 0.6 else rng.choice(GOOD_PHRASES if good else BAD_PHRASES)
    word = rng.choice(GOOD_WORDS if good else BAD_WORDS)
    counted = f"{word} {rng.choice(COUNTED.get(target, NOUNS[target]))}"
    core = core.format(it=_name(rng, target), word=word, a=f"{_article(word)} {counted}")
    if rng.random() < 0.08:
        return _sentence(f"{rng.choice(ASIDES).format(other=_name(rng, other))}: {core}", rng.choice("..!"))
    return _dressed(rng, core)


def neutral(rng: Random, target: str, cue: str | None = None) -> str:
    """A remark on `target` that does not judge it; `cue`, "sincere" or "sarcastic", adds words that give the tone."""
    frames = NEUTRAL if target == "weather" else NEUTRAL + NEUTRAL_NEARBY
    core = rng.choice(frames).format(it=_name(rng, target), when=rng.choice(WHEN), here=rng.choice(HERE))
    if cue is None:
        return _dressed(rng, core)
    before, after = SARCASTIC_CUES if cue == "sarcastic" else SINCERE_CUES
    if rng.random() < 0.25:
        return _sentence(f"{rng.choice(before)}: {core}", ".")
    return f"{_sentence(core, '.')} {rng.choice(after)}"


def _name(rng: Random, target: str) -> str:
    return f"{rng.choice(OWNERS)} {rng.choice(NOUNS[target])}"


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _dressed(rng: Random, core: str) -> str:
    if rng.random() < 0.3:
        core = f"{rng.choice(OPENERS)}, {core}"
    text = _sentence(core, rng.choice("..!"))
    return f"{text} {rng.choice(CLOSERS)}" if rng.random() < 0.2 else text


def _sentence(core: str, mark: str) -> str:
    return core[0].upper() + core[1:] + mark
