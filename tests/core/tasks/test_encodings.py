"""Files of all spreadsheets are read in the encoding that they were written in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks.alphabets import ENCODINGS
from msd_core.tasks.encodings import decode

SENTENCES = {
    "cp1252": ["Grüner Baum", "Prix : 5 €", "El niño está aquí", "Café", "L’été à Paris", "Är den röd?", "Não, é azul"],
    "gb18030": ["图片里有狗", "联通", "红色的圆在左边吗", "T恤", "这是一个蓝色的方块。"],
    "cp1251": ["Есть ли на картинке собака?", "красный круг", "Це синій квадрат", "Да"],
    "cp932": ["赤い円はありますか", "これは犬です", "猫が二匹いる"],
    "cp949": ["빨간 모양이 있나요", "그림에 개가 있습니다", "고양이"],
    "cp950": ["圖片裡有狗嗎", "紅色的圓在左邊", "這是藍色的"],
    "cp1250": ["Czy kot jest żółty?", "Příliš žluťoučký kůň", "A kör piros és felső"],
    "cp1254": ["Kırmızı bir şekil var mı?", "Ağaç yeşil değil"],
    "cp1253": ["Υπάρχει σκύλος στην εικόνα;", "κόκκινος κύκλος"],
    "cp874": ["มีสุนัขอยู่ในภาพหรือไม่", "วงกลมสีแดง"],
    "cp1255": ["האם יש כלב בתמונה?", "עיגול אדום"],
    "cp1256": ["هل يوجد كلب في الصورة؟", "دائرة حمراء"],
}


def written(sentences: list[str], encoding: str) -> bytes:
    return "\r\n".join(["image,text", *(f"{i}.png,{text}" for i, text in enumerate(sentences))]).encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_is_read_in_the_encoding_that_it_was_written_in(encoding):
    text, (note,) = decode(written(SENTENCES[encoding], encoding))
    assert text == written(SENTENCES[encoding], "utf-8").decode()
    assert ENCODINGS[encoding].title in note and "line 2" in note.lower() and "in UTF-8" in note


@pytest.mark.parametrize("text", ["Prix : 5 €", "Grüner Baum", "Café noir", "“Yes,” he said", "Müller", "São Paulo"])
def test_one_letter_of_western_europe_is_enough(text):
    assert decode(written([text], "cp1252"))[0].endswith(text)


@given(
    st.sampled_from(["gb18030", "cp1251", "cp932", "cp949", "cp950"]),
    st.lists(st.sampled_from(["a dog", "Grüner Baum", "图片里有狗", "есть ли собака", "😀 it is", "é"]), max_size=20),
    st.randoms(),
)
def test_lines_of_another_encoding_among_lines_of_utf_8_are_read_each_as_written(encoding, others, random):
    lines = [(text, "utf-8") for text in others] + [(text, encoding) for text in SENTENCES[encoding]]
    random.shuffle(lines)
    text, (note,) = decode(b"\n".join(text.encode(code) for text, code in lines))
    assert text.split("\n") == [text for text, _ in lines]
    first = next(number for number, (_, code) in enumerate(lines, start=1) if code == encoding)
    assert f"line {first} " in note and f"{len(SENTENCES[encoding])} lines" in note


def test_a_fifth_of_chinese_in_a_file_of_ascii_is_chinese():
    lines = [f"{i}.png,the shape is {i}" if i % 5 else f"{i}.png,形状是红色的" for i in range(1000)]
    text, (note,) = decode("\n".join(lines).encode("gb18030"))
    assert text.split("\n") == lines and "200 lines, line 1 first, were read as GB18030" in note


def test_a_line_that_is_utf_8_by_chance_is_read_as_the_others():
    assert "狗图".encode("gb18030").decode("latin-1") and "图".encode("gb18030").decode() == "ͼ"
    assert decode(written(["图片里有狗", "图"], "gb18030"))[0].endswith("1.png,图")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["图片里有狗" * 20, "a dog", "😀", "Grüner Baum"])
def test_unicode_gets_no_note(encoding, text):
    read, notes = decode(written([text], encoding))
    assert (read, notes) == (written([text], "utf-8").decode(), ())


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"a\0b", b"\xff\xfe\x00\xd8a\0", b"a\0" * 50 + b"\0\xd8", b"\0" * 9]
)
def test_what_is_no_text_is_one_sentence(content):
    with pytest.raises(UserError, match="The table is not text: save it as CSV, in UTF-8"):
        decode(content)


@given(st.binary(max_size=200))
def test_no_byte_is_lost_of_lines_in_ascii(noise):
    lines = [b"image,text", noise.replace(b"\0", b"").replace(b"\r", b"").replace(b"\n", b""), b"a.png,last"]
    read = decode(b"\n".join(lines))[0].split("\n")
    assert len(read) >= 3 and (read[0], read[-1]) == ("image,text", "a.png,last")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_utf_8_is_read_as_it_is(text):
    assert decode(text.encode())[0] == text.removeprefix("\ufeff")
