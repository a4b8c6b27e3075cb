"""The gazetteer: built of GeoNames' lines, names found in the forms that writers use, ambiguity kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from rasd.errors import ReadError
from rasd.values import Gazetteer, build_gazetteer
from rasd.values.gazetteer import NOT_FOUND, make_key

# Made up; only the form is GeoNames'.
PLACES = [
    (1, "Nakhil", "Nakhil,النخيل,نخيل", 33.5, 36.25, "P", "PPL", "XA", "03", 1200),
    (2, "Nakhil ash Sharqi", "النَّخِيل", 12.0, 44.0, "P", "PPLA", "XB", "11", 90000),
    (3, "Wadi Governorate", "محافظة الوادي,Wadi", -1.5, 40.125, "A", "ADM1", "XA", "03", 500000),
    (4, "Wadi", "الوادي", -1.25, 40.0, "P", "PPL", "XA", "03", 0),
    (5, "Portville", "Port-Ville", 0, 0, "P", "PPL", "XC", "", 10),
]


def line(place):
    number, name, others, latitude, longitude, cls, code, country, admin1, population = place
    columns = [number, name, name, others, latitude, longitude, cls, code, country, "", admin1, "", "", ""]
    return "\t".join(map(str, [*columns, population, "", 5, "Asia/X", "2020-01-01"]))


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "XA.txt"
    path.write_text("\n".join(map(line, PLACES)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def gazetteer(source, tmp_path):
    assert build_gazetteer(source, tmp_path / "places.sqlite") == (4, 5)
    with Gazetteer(tmp_path / "places.sqlite") as opened:
        yield opened


def ids(value):
    return [place.id for place in value.candidates]


def test_every_place_of_a_name_comes_back_the_most_populous_first(gazetteer):
    value = gazetteer.find("النخيل")
    assert ids(value) == [2, 1] and value.match == "name"
    assert value.to_dict()["candidates"][0] == {
        "id": 2,
        "name": "Nakhil ash Sharqi",
        "latitude": 12.0,
        "longitude": 44.0,
        "feature": "P.PPLA",
        "country": "XB",
        "admin1": "11",
        "population": 90000,
    }


@pytest.mark.parametrize(
    ("name", "found", "match"),
    [
        ("الـنَّخيل", [2, 1], "name"),
        ("نخيل", [1], "name"),
        ("بلدة النخيل", [2, 1], "kind"),
        ("محافظة الوادي", [3], "name"),
        ("مدينة الوادي", [4], "kind"),
        ("وادي", [4], "article"),
        ("مدينة وادي", [4], "article"),
        ("Portville", [], None),
        ("النخيل' OR '1'='1", [], None),
        ("", [], None),
    ],
)
def test_name_is_found_in_the_forms_that_writers_use(gazetteer, name, found, match):
    value = gazetteer.find(name)
    assert (ids(value), value.match) == (found, match)
    assert found or value.to_dict() == {"unresolved": NOT_FOUND}


def test_spellings_share_a_key():
    assert make_key("أَبُو  كمال") == make_key("ابو كمال") == make_key("أبو-كمال")


def test_gazetteer_is_opened_to_be_read_alone(gazetteer):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        gazetteer._database.execute("DELETE FROM place")


def test_damaged_lines_are_told_and_leave_the_old_file(source, tmp_path, gazetteer):
    before = gazetteer.path.read_bytes()
    source.write_text(line(PLACES[0]) + "\nx\ty\n" + line(PLACES[1]).replace("\t12.0\t", "\tnorth\t"), encoding="utf-8")
    with pytest.raises(ReadError) as err:
        build_gazetteer(source, gazetteer.path)
    assert f"{source}:2: 2 columns, expected the 19 of GeoNames" in str(err.value) and ":3: id, lat" in str(err.value)
    assert gazetteer.path.read_bytes() == before and len(list(tmp_path.iterdir())) == 2


def test_source_that_is_not_utf8_is_told(source, tmp_path):
    source.write_bytes(source.read_bytes() + "النخيل".encode("cp1256"))
    with pytest.raises(ReadError, match=rf"{source}:6: 'utf-8' codec"):
        build_gazetteer(source, tmp_path / "a.sqlite")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "no gazetteer"),
        (b"no database at all", "is no gazetteer: "),
        (b"", "is no gazetteer of this version"),
    ],
)
def test_what_is_no_gazetteer_is_refused(tmp_path, content, fault):
    if content is not None:
        (tmp_path / "a.sqlite").write_bytes(content)
    with pytest.raises(ReadError, match=fault):
        Gazetteer(tmp_path / "a.sqlite")


def test_source_that_holds_no_arabic_name_is_refused(source, tmp_path):
    source.write_text(line(PLACES[-1]) + "\n", encoding="utf-8")
    with pytest.raises(ReadError, match="no place with an Arabic name"):
        build_gazetteer(source, tmp_path / "a.sqlite")
    with pytest.raises(ReadError, match="no file"):
        build_gazetteer(tmp_path / "b.txt", tmp_path / "a.sqlite")
    assert not (tmp_path / "a.sqlite").exists()


@pytest.mark.parametrize(
    ("column", "value"), [(0, "0"), (0, "9" * 30), (4, "nan"), (5, "181"), (14, "-1"), (14, "9" * 30)]
)
def test_numbers_that_no_place_has_are_told(source, tmp_path, column, value):
    columns = source.read_text(encoding="utf-8").split("\n")[0].split("\t")
    columns[column] = value
    source.write_text("\t".join(columns) + "\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r":1: no place has the id, latitude, longitude and population"):
        build_gazetteer(source, tmp_path / "odd.sqlite")


def test_gazetteer_without_tables_or_damaged_later_is_refused(gazetteer, tmp_path):
    bare = tmp_path / "bare.sqlite"
    with closing(sqlite3.connect(bare)) as database:
        database.executescript("PRAGMA application_id=0x72617364; PRAGMA user_version=1")
    with pytest.raises(ReadError, match="is no gazetteer: no such table"):
        Gazetteer(bare)
    with closing(sqlite3.connect(gazetteer.path)) as database:
        database.executescript("DROP TABLE name")
    with pytest.raises(ReadError, match="is damaged"):
        gazetteer.find("عدن")
