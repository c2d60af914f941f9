"""The words dates are written with: months, zones, and what may stand around a date without changing it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

# English, French, German, Spanish, Italian, Portuguese and Dutch together, without accents: no two of these languages use
# one word for two months, so the language need not be known. Others are dateparser's.
_MONTHS = (
    "january jan januar janvier janv enero ene gennaio gen janeiro januari jaenner janner",
    "february feb februar fevrier fevr fev febrero febbraio fevereiro februari",
    "march mar marz maerz mrz mars marzo marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug aout aou agosto ago augustus",
    "september sept sep septembre septiembre setiembre settembre sett set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dicembre dezembro",
)
MONTHS: dict[str, int] = {word: month for month, words in enumerate(_MONTHS, start=1) for word in words.split()}

_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2,
    "mesz": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "sgt": 8, "hkt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10,
    "aedt": 11, "nzst": 12, "nzdt": 13, "brt": -3, "ast": -4, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6,
    "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip
_PLACES = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
ZONE_NAMES = frozenset(_HOURS) | frozenset(_PLACES)

# Weekdays, labels and little words: free of meaning for the date.
_AROUND = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag sonnabend mo di mi do fr sa so "
    "lunes martes miercoles jueves viernes sabado domingo mie jue vie sab dom "
    "lunedi martedi mercoledi giovedi venerdi gio segunda terca quarta quinta sexta feira seg ter qua qui sex "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "published publish posted issued released date dated publication on at by the of in release news press and "
    "publie publiee le la du de des a mis en ligne par date communique "
    "veroffentlicht am um vom den der uhr stand datum von erschienen "
    "publicado publicada el del las hs em as da do fecha pubblicato il alle ore data geplaatst op om uur "
    "h hrs hr o clock local time noon"
)
AROUND = frozenset(_AROUND.split())

# With one of these the date is that of something to come, not of the publication.
_EVENTS = (
    "webinar webcast conference congress event events meeting symposium workshop summit forum deadline register "
    "registration until till through ends starts expires save join due upcoming "
    "veranstaltung konferenz kongress messe bis evenement jusqu evento conferencia congreso hasta convegno fino reuniao ate"
)
EVENTS = frozenset(_EVENTS.split())
UPDATES = ("updated", "last modified", "modified", "aktualisiert", "geandert", "mis a jour", "modifie", "actualizado",
           "aggiornato", "atualizado", "bijgewerkt")  # fmt: skip


def fold(text: str) -> str:
    """Return a text in lower case, without accents, white space in single blanks."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFC", bare).split())  # NFC: Hangul back into syllables


def named_zone(name: str) -> tzinfo | None:
    """Return the zone a folded name or abbreviation stands for; None when it stands for none, or for several (``ist``)."""
    if name in _PLACES:
        return ZoneInfo(_PLACES[name])
    return timezone(timedelta(hours=_HOURS[name])) if name in _HOURS else None


def offset_zone(sign: str, hours: str, minutes: str) -> tzinfo | None:
    """Return the zone of an offset such as ``+``, ``9``, ``30``; None when no place on earth has it."""
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > timedelta(hours=14) or int(minutes or 0) > 59:
        return None
    return timezone(-offset if sign == "-" else offset) if offset else UTC
