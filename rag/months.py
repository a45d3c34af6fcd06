"""Months by name in many languages, and stretches of whole months.

In: words, numbers. Out: numbers and dates. Knows nothing about where the words stand.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

_ENGLISH = "january february march april may june july august september october november december"
_OTHERS = (
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april mai juni juli august september oktober november desember",
    "januari februari maart april mei juni juli augustus september oktober november december",
    # Without "listopada": November in Polish, October in Croatian.
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października - grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر",
)


def _table() -> dict[str, int]:
    table = {}
    for number, name in enumerate(_ENGLISH.split(), 1):
        table.update({name[:length]: number for length in range(3, len(name) + 1)})
    for names in _OTHERS:
        table.update({name: number for number, name in enumerate(names.split(), 1)})
    return table


_MONTHS = _table()


def month_number(word: str) -> int | None:
    """Return 1 to 12 for the name of a month, or an English one cut short ("Sept")."""
    return _MONTHS.get(word.casefold())


def make_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def first_day(year: int, month: int) -> date:
    """Return the first day of a month; 13 is January of the next year, 0 December before."""
    years, months = divmod(month - 1, 12)
    return date(year + years, months + 1, 1)


def last_day(year: int, month: int) -> date:
    """Return the last day of a month, counted as in `first_day`."""
    first = first_day(year, month)
    return first.replace(day=monthrange(first.year, first.month)[1])


def month_in_words(day: date) -> str:
    """Return "January 2026", whatever the language of the machine."""
    return f"{_ENGLISH.split()[day.month - 1].capitalize()} {day.year}"


def day_in_words(day: date) -> str:
    """Return "1 January 2026"."""
    return f"{day.day} {month_in_words(day)}"
