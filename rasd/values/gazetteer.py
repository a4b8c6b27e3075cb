"""Places looked up in a local gazetteer: an SQLite file that the user builds from GeoNames' own file.

A GeoNames file (`allCountries.txt`, `SY.txt`, `cities500.txt` from download.geonames.org/export/dump, CC BY 4.0) has a
place a line: 19 columns parted by tabs, names in other languages and scripts in the fourth, parted by commas. Places
without an Arabic name are left out. Many places share a name, so that a look-up gives every one, the most populous
first; which of them a text means is not decided here.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rasd.errors import ReadError, summarize_faults
from rasd.values.words import fold, tokenize

NOT_FOUND = "not in the gazetteer"

_NUM_COLUMNS = 19
_TOO_LARGE = 1 << 63
# "rasd" in ASCII, by which a file is known as a gazetteer, and the version of its tables.
_APPLICATION_ID = 0x72617364
_VERSION = 1
_ARABIC = re.compile("[\u0621-\u064a]")
_SCHEMA = """
CREATE TABLE place (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL,
    feature TEXT NOT NULL, country TEXT NOT NULL, admin1 TEXT NOT NULL, population INTEGER NOT NULL
);
CREATE TABLE name (key TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (key, place)) WITHOUT ROWID;
"""
_LOOKUP = """
SELECT place.id, place.name, latitude, longitude, feature, country, admin1, population
FROM name JOIN place ON place.id = name.place WHERE name.key = ? ORDER BY population DESC, place.id
"""
# What writers put before a name and gazetteers may leave out; the name is looked up with it first.
_KINDS = (
    "مدينة بلدة قرية محافظة منطقة ولاية إقليم مقاطعة قضاء ناحية مديرية حي ضاحية بلدية جزيرة دولة جمهورية مخيم "
    "مدينتي بلدتي قريتي محافظتي العاصمة عاصمة"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of a gazetteer.

    Attributes:
        id: Its number in GeoNames.
        name: Its name there, in Latin letters.
        latitude: Degrees north.
        longitude: Degrees east.
        feature: Class and code of GeoNames: "P.PPLC" is a capital, "A.ADM1" a province.
        country: Code of ISO 3166, two letters; empty where it lies in none.
        admin1: GeoNames' code of the province.
        population: Inhabitants; 0 where not known.
    """

    id: int
    name: str
    latitude: float
    longitude: float
    feature: str
    country: str
    admin1: str
    population: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceValue:
    """The places that a name may mean.

    Attributes:
        candidates: All places of that name, the most populous first.
        match: How the name was found: "name" as it stands, "kind" without «مدينة» and the like, "article" with the
            article put on or taken off.
        unresolved: Why there is none; None where there is one or more.
    """

    candidates: tuple[Place, ...] = ()
    match: str | None = None
    unresolved: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the value as a JSON-ready dict; see docs/values.md."""
        if self.unresolved is not None:
            return {"unresolved": self.unresolved}
        return {"match": self.match, "candidates": [asdict(place) for place in self.candidates]}


def make_key(name: str) -> str:
    """Return the form under which a name is stored and looked up: folded, its signs as spaces.

    Example:
        >>> make_key("دَيْر الزَّوْر") == make_key("دير الزور")
        True
    """
    return " ".join(token for token in tokenize(fold(name)) if token[0].isalnum())


class Gazetteer:
    """A gazetteer file, opened to be read alone; a context that closes it.

    Args:
        path: What `build_gazetteer` made.

    Raises:
        ReadError: If it is no such file, or of another version.
    """

    def __init__(self, path: str | Path) -> None:
        if not Path(path).is_file():
            raise ReadError(f"no gazetteer {str(path)!r}; make one: rasd gazetteer build allCountries.txt {path}")
        self.path = Path(path)
        self._database = sqlite3.connect(f"file:{quote(str(self.path.resolve()))}?mode=ro", uri=True)
        try:
            found = [self._database.execute(f"PRAGMA {name}").fetchone()[0] for name in _PRAGMAS]
            if found == [_APPLICATION_ID, _VERSION]:
                self._database.execute(_LOOKUP, ("",)).fetchall()  # whether the tables are there
        except sqlite3.DatabaseError as err:
            self.close()
            raise ReadError(f"{path} is no gazetteer: {err}; make one: rasd gazetteer build FILE {path}") from err
        if found != [_APPLICATION_ID, _VERSION]:
            self.close()
            raise ReadError(f"{path} is no gazetteer of this version of rasd; make it again: rasd gazetteer build ...")
        self._kinds = frozenset(map(fold, _KINDS.split()))

    def __enter__(self) -> Gazetteer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, name: str) -> PlaceValue:
        """Return every place of a name.

        It is looked up as it stands; where nothing is found, without the noun that says what it is («مدينة عدن»); and
        then with the article put on or taken off.
        """
        for match, key in self._forms(make_key(name)):
            places = tuple(Place(**dict(zip(_COLUMNS, row, strict=True))) for row in self._rows(key))
            if places:
                return PlaceValue(candidates=places, match=match)
        return PlaceValue(unresolved=NOT_FOUND)

    def _forms(self, key: str) -> Iterator[tuple[str, str]]:
        yield "name", key
        bare = key
        kind, _, rest = key.partition(" ")
        if rest and (kind in self._kinds or kind.removeprefix("ال") in self._kinds):
            bare = rest
            yield "kind", bare
        yield "article", bare.removeprefix("ال") if bare.startswith("ال") else f"ال{bare}"

    def _rows(self, key: str) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(_LOOKUP, (key,)).fetchall()
        except sqlite3.DatabaseError as err:
            raise ReadError(f"{self.path} is damaged: {err}; make it again: rasd gazetteer build ...") from err


_PRAGMAS = ("application_id", "user_version")
_COLUMNS = ("id", "name", "latitude", "longitude", "feature", "country", "admin1", "population")


def build_gazetteer(source: str | Path, target: str | Path) -> tuple[int, int]:
    """Make a gazetteer of a GeoNames file; it appears whole or not at all.

    Args:
        source: A GeoNames file, unpacked.
        target: The SQLite file to write; an older one is replaced.

    Returns:
        How many places it holds, and how many lines were read.

    Raises:
        ReadError: If the source is absent, or has lines that are not GeoNames'; the first of them, with line numbers.
    """
    if not Path(source).is_file():
        raise ReadError(f"no file {str(source)!r}; GeoNames' files are at https://download.geonames.org/export/dump/")
    target = Path(target).resolve()
    part = target.with_name(f".rasd-{secrets.token_hex(8)}.part")
    database = sqlite3.connect(part)
    try:
        database.executescript(f"PRAGMA application_id={_APPLICATION_ID}; PRAGMA user_version={_VERSION}; {_SCHEMA}")
        # The file is renamed when it is whole, so that nothing in it need be undone.
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF")
        counts = _fill(database, Path(source))
        database.commit()
        database.close()
        part.replace(target)
    finally:
        database.close()
        part.unlink(missing_ok=True)
    return counts


def _fill(database: sqlite3.Connection, source: Path) -> tuple[int, int]:
    faults: list[str] = []
    num_places = number = 0
    with open(source, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                place, keys = _parse_line(line.decode("utf-8").rstrip("\r\n"))
            except ValueError as err:  # of bytes that are not UTF-8, too
                faults.append(f"{source}:{number}: {err}")
                continue
            if keys:
                num_places += 1
                database.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?)", place)
                database.executemany("INSERT OR IGNORE INTO name VALUES (?, ?)", ((key, place[0]) for key in keys))
    if faults:
        raise ReadError(summarize_faults(faults, limit=10))
    if not num_places:
        raise ReadError(
            f"{source} holds no place with an Arabic name; expected a GeoNames file such as allCountries.txt"
        )
    return num_places, number


def _parse_line(line: str) -> tuple[tuple[Any, ...], set[str]]:
    """Return the row of a place, and the keys of its Arabic names.

    Raises:
        ValueError: If the line is none of GeoNames'.
    """
    columns = line.split("\t")
    if len(columns) != _NUM_COLUMNS:
        raise ValueError(f"{len(columns)} columns, expected the {_NUM_COLUMNS} of GeoNames, parted by tabs")
    if not _ARABIC.search(line):  # nearly all of the world
        return (), set()
    geoname_id, name, _, others, latitude, longitude, feature_class, code, country = columns[:9]
    admin1, population = columns[10], columns[14]
    try:
        numbers = int(geoname_id), float(latitude), float(longitude), int(population or 0)
    except ValueError as err:
        raise ValueError(f"id, latitude, longitude or population is no number: {err}") from err
    number, north, east, people = numbers
    is_sound = 0 < number < _TOO_LARGE and 0 <= people < _TOO_LARGE and abs(north) <= 90 and abs(east) <= 180
    if not is_sound:
        raise ValueError(f"no place has the id, latitude, longitude and population {numbers}")
    keys = {make_key(form) for form in (name, *others.split(",")) if _ARABIC.search(form)} - {""}
    row = (numbers[0], name, numbers[1], numbers[2], f"{feature_class}.{code}", country, admin1, numbers[3])
    return row, keys
