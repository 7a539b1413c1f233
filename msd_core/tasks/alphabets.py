"""The encodings that old spreadsheets save, and the letters that people write in each."""

from dataclasses import dataclass
from functools import cached_property
from math import log2
from typing import Literal

_SIGNS = "“”„‘’‚–—…«»€£°§©®™½²·¿¡×´"
_FULL_WIDTH = "，。！？：；、（）《》「」"
_SIGN, _CAPITAL = 8.0, 4.0  # bits: of a sign or a rarer letter, and more of a capital


@dataclass(frozen=True)
class Encoding:
    """An encoding as people call it, and the letters beyond ASCII that its languages use: some often, some less.

    script: what they are: "accents" on Latin letters, which stand alone among them; another "alphabet", that words are
    wholly written in; or "characters" of a thousand, that stand anywhere. blocks: those of two bytes, as the ranges of
    the first and of the second byte.
    """

    title: str
    script: Literal["accents", "alphabet", "characters"]
    often: str
    less: str = ""
    blocks: tuple[tuple[str, range, range], ...] = ()

    @cached_property
    def bits(self) -> dict[str, float]:
        """What each letter costs to write: about the logarithm of how many there are to choose from."""
        pairs = ((name, bytes((a, b))) for name, first, second in self.blocks for a in first for b in second)
        others = {*"".join(pair.decode(name, "ignore") for name, pair in pairs), *self.often, *self.less, *_SIGNS}
        often = 5.0 if self.script == "accents" else log2(len(self.often)) + 0.5
        capitals = {c.upper(): often + _CAPITAL for c in self.often if len(c.upper()) == 1}
        less = dict.fromkeys(others, _SIGN if len(others) < 256 else log2(len(others)) + 2)
        return less | capitals | dict.fromkeys(self.often, often)


_HIGH = range(0xA1, 0xFF)
_KANA = "".join(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30F7)))) + "ー・、。「」"
_HANZI = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没"
    "日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长片图猫狗"
)
_HANJA = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後小麼心多天而能好都然沒"
    "日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長片圖貓狗"
)
_HANGUL = (
    "이다는을가에의고하지로한기를니사자은도아리나시어서해그인라있거정수일으게전대부들만보여상주과스장구제오면동소원음되까요않없우"
    "안던유것와조개신관내선트경용위등성세생적문모비름때야었말물중무치공식화드차반양연더계행"
)

ENCODINGS = {
    "cp1252": Encoding("Windows-1252 (Western European)", "accents", "éèàçêüöäßñóáíúãåøæâ", "ôîûëïœòùìõ"),
    "gb18030": Encoding(
        "GB18030 (Chinese)", "characters", _HANZI, _FULL_WIDTH, (("gb2312", range(0xB0, 0xD8), _HIGH),)
    ),
    "cp1251": Encoding("Windows-1251 (Cyrillic)", "alphabet", "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїє", "№"),
    "cp932": Encoding(
        "Shift JIS (Japanese)", "characters", _KANA, _FULL_WIDTH, (("cp932", range(0x88, 0x98), range(0x40, 0xFD)),)
    ),
    "cp949": Encoding("EUC-KR (Korean)", "characters", _HANGUL, blocks=(("euc_kr", range(0xB0, 0xC9), _HIGH),)),
    "cp950": Encoding(
        "Big5 (Chinese)", "characters", _HANJA, _FULL_WIDTH, (("cp950", range(0xA4, 0xC7), range(0x40, 0xFF)),)
    ),
    "cp1250": Encoding("Windows-1250 (Central European)", "accents", "áéíóöőüűúąćęłńśźżčěřšůýž", "ăâîşţäôľßďĺňť"),
    "cp1254": Encoding("Windows-1254 (Turkish)", "accents", "çğıöşü", "âîİ"),
    "cp1253": Encoding("Windows-1253 (Greek)", "alphabet", "αβγδεζηθικλμνξοπρςστυφχψωάέήίόύώϊϋ"),
    "cp874": Encoding("Windows-874 (Thai)", "alphabet", "กขคงจชซดตถทนบปผพมยรลวสหอะาำิีึืุูเแโใไ่้", "ฆญฎฏฐณธฝฟภศษฬฮฯ็์ๆฤ"),
    "cp1255": Encoding("Windows-1255 (Hebrew)", "alphabet", "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    "cp1256": Encoding("Windows-1256 (Arabic)", "alphabet", "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئ", "پچژگ،؟؛"),
}  # the likelier first
