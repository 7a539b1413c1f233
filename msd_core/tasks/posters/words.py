"""The plot lines of the `posters` task: its wordings, and how a line is put together from them."""

from dataclasses import dataclass
from random import Random

GENRES = ("horror", "romance", "sci-fi", "western", "sport", "fantasy")


@dataclass(frozen=True)
class Plot:
    """One plot line and what it says.

    `cues` are the genres it has words for and `cue_words` those words, in the same order; `clue` is the object that is
    sought and `ending` is "merry" or "grim". All `..._words` stand in `text` as given, but for a capital first letter.
    """

    text: str
    cues: tuple[str, ...]
    clue: str
    ending: str
    cue_words: tuple[str, ...]
    clue_words: str
    ending_words: str


def write_plot(rng: Random, cues: tuple[str, ...], clue: str, ending: str) -> Plot:
    """A plot line with words for each genre of `cues` (at most three), a missing `clue` and an `ending`."""
    carriers = dict(zip(rng.sample(("hero", "place", "deed"), len(cues)), cues, strict=True))
    hero, place, deed = (rng.choice(words[carriers.get(slot, "none")]) for slot, words in SLOTS.items())
    thing = rng.choice(THINGS[clue])
    closing = rng.choice(MERRY if ending == "merry" else GRIM)
    spoken = {
        "hero": f"{_with_article(rng.choice(TRAITS))} {hero}",
        "place": place,
        "deed": deed,
        "missing": rng.choice(MISSING).format(thing=f"{rng.choice(OWNERS)} {thing}"),
        "ending": closing,
    }
    text = rng.choice(SHAPES).format(**spoken, **{slot.title(): _capital(words) for slot, words in spoken.items()})
    words = {"hero": hero, "place": place, "deed": deed}
    carried = {genre: words[slot] for slot, genre in carriers.items()}
    return Plot(text, cues, clue, ending, tuple(carried[genre] for genre in cues), thing, closing)


def _with_article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


# A capitalised slot opens a sentence.
SHAPES = (
    "{Hero} {deed} {place}. {Missing}, and {ending}.",
    "{Hero} {deed} {place}. {Missing}; {ending}.",
    "{Place}, {hero} {deed}. {Missing}, and {ending}.",
    "{Place}, {hero} {deed}. {Missing}, then {ending}.",
    "{Place}, {missing}. {Hero} {deed}, and {ending}.",
    "{Place}, {missing}, so {hero} {deed}. At last {ending}.",
    "{Missing}, so {hero} {deed} {place}, and {ending}.",
    "{Missing}, so {hero} {deed} {place}. In the end {ending}.",
    "{Missing} while {hero} {deed} {place}. Finally {ending}.",
    "{Missing}. {Hero} {deed} {place}, and {ending}.",
    "Meet {hero}, who {deed} {place}. {Missing}, and {ending}.",
    "One day {hero} {deed} {place}. {Missing}; at last {ending}.",
    "Each spring {hero} {deed} {place}, but {missing}. Then {ending}.",
)

TRAITS = (
    "shy", "tired", "clumsy", "retired", "stubborn", "nervous", "vain", "sleepy", "young", "elderly", "modest",
    "absent-minded", "short-sighted", "talkative", "polite", "penniless", "left-handed", "restless", "curious",
    "forgetful", "proud", "part-time", "self-taught", "bearded",
)  # fmt: skip

HEROES = {
    "none": (
        "baker", "plumber", "librarian", "dentist", "postman", "gardener", "accountant", "tailor", "beekeeper",
        "violinist", "bus driver", "fisherman", "barber", "grocer", "pharmacist", "schoolteacher", "painter", "janitor",
        "architect", "piano tuner", "translator", "cheesemonger", "hotel porter", "tax inspector", "chef", "cellist",
        "photographer", "window cleaner", "shoemaker", "train conductor",
    ),
    "horror": (
        "vampire", "zombie", "ghost hunter", "werewolf", "gravedigger", "mummy", "poltergeist", "exorcist", "phantom",
        "ghoul",
    ),
    "romance": (
        "newlywed", "matchmaker", "bride", "groom", "sweetheart", "lovesick poet", "wedding planner", "bachelor",
        "Casanova", "suitor",
    ),
    "sci-fi": (
        "astronaut", "robot", "alien", "cyborg", "starship pilot", "android", "time traveller", "Martian", "clone",
        "rocket scientist",
    ),
    "western": (
        "cowboy", "sheriff", "outlaw", "rancher", "gunslinger", "bounty hunter", "cowgirl", "gold prospector", "bandit",
        "saloon keeper",
    ),
    "sport": (
        "goalkeeper", "boxer", "sprinter", "tennis champion", "football coach", "referee", "gymnast", "marathon runner",
        "striker", "wrestler",
    ),
    "fantasy": (
        "wizard", "elf", "dragon tamer", "dwarf", "fairy", "sorceress", "goblin", "troll", "enchanter", "unicorn rider",
    ),
}  # fmt: skip

PLACES = {
    "none": (
        "in a quiet seaside town", "on a rainy Tuesday", "at a roadside diner", "in a crowded office",
        "on the night train", "in a mountain village", "on the fifth floor", "beside a sleepy canal",
        "at the public library", "on a slow ferry", "at the vegetable market", "during a heat wave",
        "in a borrowed van", "at the bus station", "on a windy island", "in the hotel lobby", "behind the post office",
        "in a rented kitchen", "at the town hall", "over a long weekend", "in rush-hour traffic", "in a lighthouse",
        "at a school reunion", "under a leaking roof", "in the suburbs",
    ),
    "horror": (
        "in a haunted manor", "in a foggy graveyard", "beneath the old crypt", "in a cursed cellar",
        "at a midnight seance", "on Halloween", "in a coffin factory", "among restless skeletons",
        "in the vampire's attic",
    ),
    "romance": (
        "on a honeymoon", "at a wedding in Paris", "under the mistletoe", "on Valentine's Day", "on a blind date",
        "in the tunnel of love", "on the bridge of kisses", "at an engagement party", "in a lovers' lane",
    ),
    "sci-fi": (
        "aboard a drifting starship", "on a distant planet", "in the year 3021", "on a moon base",
        "inside a time machine", "in a galaxy of androids", "in orbit around Saturn", "in a cloning laboratory",
        "on the space station",
    ),
    "western": (
        "in a dusty saloon", "on the open prairie", "at a cattle ranch", "in a gold rush town", "west of Coyote Canyon",
        "on the Santa Fe trail", "at the rodeo", "in the Wild West", "on a stagecoach to Laredo",
    ),
    "sport": (
        "at the cup final", "in the boxing ring", "during the marathon", "at the Olympics", "on the tennis court",
        "in a packed stadium", "in the locker room", "on the basketball court", "at the championship",
    ),
    "fantasy": (
        "in an enchanted forest", "in the kingdom of elves", "at a wizard school", "in the dragon's lair",
        "beyond the magic portal", "in a spellbound tower", "under the troll bridge", "in the fairy realm",
        "among gnomes",
    ),
}  # fmt: skip

DEEDS = {
    "none": (
        "learns to play the tuba", "moves into a houseboat", "paints everything green", "opens a noodle shop",
        "adopts eleven cats", "forgets an important birthday", "knits a very long scarf", "takes the wrong bus",
        "swaps jobs with a cousin", "builds a small raft", "counts pigeons for a living", "sells secondhand pianos",
        "inherits a parrot", "misreads the map", "answers the wrong telephone", "bakes an enormous pretzel",
        "sets off on a bicycle", "collects old spoons", "hides in a wardrobe", "starts a rumour",
        "rents out the balcony", "writes a cookbook", "takes up pottery", "gets stuck in a lift",
        "babysits five toddlers",
    ),
    "horror": (
        "wakes a nest of zombies", "is haunted by a phantom", "digs up a cursed skeleton", "rents from a vampire",
        "hears screams from the crypt", "flees from a werewolf", "summons a demon", "spends Halloween with ghosts",
        "opens a coffin",
    ),
    "romance": (
        "falls in love", "plans a secret wedding", "steals a first kiss", "proposes to a neighbour",
        "woos a sweetheart", "elopes with the florist", "flirts with a stranger", "marries a childhood crush",
        "follows an old flame",
    ),
    "sci-fi": (
        "befriends a talking robot", "is abducted by aliens", "builds a time machine", "repairs a broken spaceship",
        "is cloned by mistake", "steers through an asteroid belt", "teaches an android to sing",
        "receives signals from Mars", "invents a teleporter",
    ),
    "western": (
        "duels a notorious outlaw", "chases bandits on horseback", "lassos a runaway mustang", "pans for gold",
        "becomes sheriff by accident", "rides with a posse", "herds longhorn cattle", "draws at high noon",
        "robs a stagecoach",
    ),
    "sport": (
        "coaches a hopeless team", "trains for the Olympics", "scores the winning goal",
        "enters a wrestling tournament", "runs a marathon backwards", "wins the tennis championship",
        "misses a penalty kick", "joins the relay team", "boxes a heavyweight",
    ),
    "fantasy": (
        "hatches a dragon's egg", "breaks an ancient spell", "outwits a grumpy troll", "inherits a magic wand",
        "learns sorcery from an elf", "rides a unicorn", "drinks a shrinking potion", "bargains with a goblin king",
        "upsets the fairy queen",
    ),
}  # fmt: skip

SLOTS = {"hero": HEROES, "place": PLACES, "deed": DEEDS}

MISSING = (
    "{thing} goes missing", "{thing} vanishes overnight", "{thing} has disappeared", "somebody steals {thing}",
    "nobody can find {thing}", "everyone is searching for {thing}", "someone must find {thing}",
    "the hunt for {thing} begins", "{thing} cannot be found", "a thief takes {thing}", "{thing} slips out of sight",
    "nobody knows who took {thing}", "there is no trace of {thing}", "{thing} is lost again",
    "half the street hunts for {thing}", "{thing} has been mislaid", "a reward is offered for {thing}",
    "{thing} must be recovered by Friday", "{thing} is stolen", "all are looking for {thing}",
)  # fmt: skip

OWNERS = (
    "the old", "the family", "the mayor's", "grandmother's", "the landlady's", "the museum's", "the neighbour's",
    "the famous", "the borrowed", "the antique", "the spare", "the captain's", "the professor's", "the precious",
    "a certain", "the only",
)  # fmt: skip

THINGS = {
    "key": ("key", "door key", "latchkey", "house key"),
    "clock": ("clock", "alarm clock", "timepiece", "bedside clock"),
    "umbrella": ("umbrella", "parasol", "brolly", "rain umbrella"),
    "teapot": ("teapot", "china teapot", "porcelain teapot", "tea kettle"),
}

MERRY = (
    "everyone dances until breakfast", "all ends in laughter", "they live happily ever after",
    "the whole town celebrates", "there is cake for everybody", "the party lasts till dawn",
    "they giggle all the way home", "a band plays for joy", "old friends hug and sing", "nobody was ever happier",
    "fortune smiles on everyone", "it all ends with a picnic", "the crowd cheers wildly",
    "everyone laughs till it hurts", "all is forgiven over pancakes", "fireworks delight everybody",
    "they toast to good luck", "even the grumpiest aunt smiles", "everything turns out splendidly",
    "joy returns to the street", "they whistle into the sunshine", "the best summer ever begins",
    "all jump merrily into the lake", "everybody wins a holiday", "a wonderful surprise awaits",
    "the children squeal with delight",
)  # fmt: skip

GRIM = (
    "nobody comes home", "everything ends in tears", "all hope is lost", "they never see daylight again",
    "the lights go out forever", "only silence remains", "nobody is left to tell", "it costs them everything",
    "bitter rain falls on the ruins", "they part and never speak again", "the whole town mourns",
    "regret is all that stays", "no one survives the winter", "a terrible price is paid", "doom arrives before supper",
    "it was all in vain", "sorrow fills the empty house", "the last friend walks away", "everyone weeps till morning",
    "darkness swallows them all", "disaster strikes without mercy", "they lose all they had",
    "misery moves in for good", "no help ever arrives", "the worst is yet to come", "a broken promise ruins them",
)  # fmt: skip
