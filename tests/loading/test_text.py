"""Text in the encodings that old programs wrote, without a word on which it is."""

from __future__ import annotations

import pytest

RUSSIAN = "Совет порта в понедельник решил, что старый мост будет покрашен до мая. Все были за."
CHINESE = "港口委员会星期一开会，同意在五月之前给旧桥刷漆。没有人反对这个计划。"
JAPANESE = (
    "港湾委員会は月曜日に会合を開き、五月までに古い橋を塗り直すことで合意した。反対はなかった。"
)
KOREAN = (
    "항만 위원회는 월요일에 모여 오래된 다리를 오월 전에 칠하기로 합의했다. 아무도 반대하지 않았다."
)
FRENCH = "Le comité du port s’est réuni lundi et a décidé que le pont serait repeint à l’été."


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (CHINESE, "gb18030"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (KOREAN, "euc-kr"),
        (FRENCH, "cp1252"),
        (RUSSIAN, "utf-16-le"),
        (RUSSIAN, "utf-16-be"),
        (KOREAN, "utf-16-le"),
        (FRENCH, "utf-16-be"),
    ],
)
def test_text_is_read_in_the_encoding_that_fits_it(read_one, words, encoding):
    assert read_one("a.txt", words.encode(encoding)).text == words
