"""Reports of one happening are joined; near ones stay apart."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from made_up import make_document, make_event

from rasd.coding import incidents
from rasd.coding.incidents import Report, agree, choose_code, group_reports, make_reports
from rasd.coding.view import View
from rasd.coding.when import find_day_parts, find_days, merge_times
from rasd.values import ValueReader, read_time

ACLED = View.load("acled")


def group(*documents, view=ACLED):
    """Return the incidents of documents as sorted lists of event numbers."""
    reports = [report for i, item in enumerate(documents) for report in make_reports(item, view, number=i)]
    incidents = {}
    for position, start in enumerate(group_reports(reports)):
        incidents.setdefault(start, []).append(position)
    return sorted(incidents.values())


def strike(
    name, day, *, time="فجر الاثنين", place="بلدة السنديان", agent="طيران التحالف", kind="Attack.AirStrike", **more
):
    roles = {"Time": time, "Place": place, "Agent": agent} | more
    roles = {role: words for role, words in roles.items() if words}
    text = " ".join(["غارة", *roles.values()])
    return make_document(text, make_event(text, kind, "غارة", **roles), name=name, date=day)


def test_one_happening_told_thrice_is_one_incident():
    # Monday is the sixth of May.
    documents = [
        strike("a", "2024-05-06"),
        strike("b", "2024-05-07", time="أمس", place="السنديان", agent="قوات التحالف الدولي"),
        strike("c", "2024-05-08", time="6 أيار", agent="", place="السنديان", Target="مشفى البلدة"),
    ]
    assert group(*documents) == [[0, 1, 2]]


@pytest.mark.parametrize(
    "other",
    [
        {"day": "2024-05-14"},
        {"time": "صباح الأحد"},
        {"time": "مساء الاثنين"},
        {"place": "بلدة الرمان"},
        {"agent": "الجيش الأحمر"},
        {"kind": "Coerce.Arrest"},
        {"day": None, "time": ""},
    ],
)
def test_near_ones_stay_apart(other):
    assert group(strike("a", "2024-05-06"), strike("b", **({"day": "2024-05-06"} | other))) == [[0], [1]]


def test_what_was_planned_or_denied_is_not_what_happened():
    text = "غارة فجر الاثنين بلدة السنديان"
    roles = {"Time": "فجر الاثنين", "Place": "بلدة السنديان"}
    documents = [
        make_document(
            text, make_event(text, "Attack.AirStrike", "غارة", realis, **roles), name=realis, date="2024-05-06"
        )
        for realis in ("Actual", "Planned", "Negated", "Actual")
    ]
    documents[3] = make_document(text, *documents[3].sentences[0].events, name="again", date="2024-05-06")
    assert group(*documents) == [[0, 3], [1], [2]]


def test_a_wide_place_does_not_tie_two_villages_together():
    provinces = [
        strike("a", "2024-05-06", place="", agent="طيران التحالف", Target="بلدة السنديان", Destination="ريف النخيل"),
        strike("b", "2024-05-06", place="", agent="طيران التحالف", Target="بلدة الرمان", Destination="ريف النخيل"),
    ]
    wide = strike("c", "2024-05-06", place="محافظة النخيل")
    assert len(group(*provinces)) == 2
    assert len(group(*provinces, wide)) == 2 and len(group(wide, *provinces)) == 2


def test_reports_of_unknown_day_are_joined_within_their_document_alone():
    undated = {"day": None, "time": ""}
    assert group(strike("a", **undated), strike("a", **undated)) == [[0, 1]]
    assert group(strike("a", **undated), strike("b", **undated)) == [[0], [1]]


def test_kinds_let_one_incident_be_told_under_several_types():
    documents = [strike("a", "2024-05-06"), strike("b", "2024-05-06", kind="Attack.Shelling")]
    assert group(*documents) == [[0, 1]]
    assert group(*documents, view=View.load("plover")) == [[0], [1]]


def test_what_is_only_prepared_is_no_report_of_an_attack():
    text = "أعد التحالف لعملية في بلدة السنديان وشن التحالف غارة على بلدة السنديان."
    roles = {"Agent": "التحالف", "Place": "بلدة السنديان"}
    events = [
        make_event(text, "Force.Preparation", "أعد", Topic="عملية", **roles),
        make_event(text, "Force.Offensive", "عملية", **roles),
        make_event(text, "Attack.AirStrike", "غارة", **roles),
    ]
    assert group(make_document(text, *events, name="a", date="2024-05-06")) == [[0], [1], [2]]
    offensive = replace(events[1], type="Attack.Shelling")
    assert group(make_document(text, offensive, events[2], name="a", date="2024-05-06")) == [[0, 1]]


def test_hierarchy_gives_an_incident_one_label():
    strike_code, clash = ("Explosions/Remote violence", "Air/drone strike"), ("Battles", "Armed clash")
    assert choose_code([strike_code, strike_code, clash], ACLED) == clash
    assert choose_code([("Riots",), (), ("Protests", "Peaceful protest")], ACLED) == ("Protests", "Peaceful protest")
    assert choose_code([("Protests",), ("Riots", "Mob violence")], ACLED) == ("Riots", "Mob violence")
    assert choose_code([(), ()], ACLED) == ()
    plover = View.load("plover")
    assert choose_code([("ASSAULT",), ("ASSAULT", "drone"), ("ASSAULT", "aerial"), ("ASSAULT", "aerial")], plover) == (
        "ASSAULT",
        "aerial",
    )


def values_of(texts, published=date(2024, 5, 8)):
    """Return the values of times; a preposition before one is parted by a plus."""
    pairs = [text.rsplit("+", 1) if "+" in text else ("", text) for text in texts]
    return [read_time(text, document_date=published, before=before).to_dict() for before, text in pairs]


@pytest.mark.parametrize(
    ("times", "days"),
    [
        ([], ("2024-05-07", "2024-05-08")),
        (["أمس"], ("2024-05-07", "2024-05-07")),
        (["أول أمس"], ("2024-05-06", "2024-05-06")),
        (["فجر اليوم"], ("2024-05-08", "2024-05-08")),
        (["فجراً"], ("2024-05-07", "2024-05-08")),
        (["الأربعاء"], ("2024-05-08", "2024-05-08")),
        (["يوم الخميس الماضي"], ("2024-05-02", "2024-05-02")),
        (["٣ أيار"], ("2024-05-03", "2024-05-03")),
        (["12 من كانون الأول"], ("2023-12-12", "2023-12-12")),
        (["5 مايو / أيار 2023"], ("2023-05-05", "2023-05-05")),
        (["2024-04-30"], ("2024-04-30", "2024-04-30")),
        (["30/4/2024"], ("2024-04-30", "2024-04-30")),
        (["الاثنين", "الثلاثاء"], ("2024-05-06", "2024-05-07")),
        (["أيار", "الاثنين"], ("2024-05-06", "2024-05-06")),
        (["الساعات الأخيرة"], ("2024-05-07", "2024-05-08")),
        (["منذ +الاثنين"], ("2024-05-06", "2024-05-08")),
        (["قبل +فجر الاثنين"], ("2024-05-06", "2024-05-06")),
        (["حتى +الاثنين"], None),
        (["مؤخرا"], None),
        (["31/2/2024"], None),
    ],
)
def test_days_come_from_the_values_of_times(times, days):
    found = find_days(values_of(times), date(2024, 5, 8))
    assert (found and tuple(day.isoformat() for day in found)) == days


@pytest.mark.parametrize(
    ("times", "days"),
    [
        (["أيار", "الاثنين"], ("2024-05-06", "2024-05-06", "day")),
        (["2014", "2016"], ("2014-01-01", "2016-12-31", "several")),
        (["منذ +الأحد", "حتى +الاثنين"], ("2024-05-05", "2024-05-06", "day")),
        (["منذ +2014"], ("2014-01-01", None, "year")),
        (["قبل +الأحد"], (None, "2024-05-05", "day")),
        (["ثلاثة أيام"], None),
    ],
)
def test_times_of_an_event_narrow_each_other_down_or_stand_apart(times, days):
    found = merge_times(values_of(times))
    assert (found and (*(day and day.isoformat() for day in found[:2]), found[2])) == days


def test_parts_of_the_day():
    assert find_day_parts(values_of(["فجراً", "مساء الأحد"])) == {"dawn", "evening"}
    assert find_day_parts(values_of(["منتصف ليل الأحد"])) == {"night"}
    assert find_day_parts(values_of(["الساعة 9 صباح الأحد"])) == {"morning"}
    assert not find_day_parts(values_of(["مساء الأحد"])) & find_day_parts(values_of(["الساعة 9 صباح الأحد"]))


def test_values_that_predictions_carry_are_taken_before_any_reading():
    document = strike("a", None, time="فجر الاثنين")
    with ValueReader(date(2024, 5, 6)) as reader:
        valued = reader.add(document)
    (report,), (bare,) = (list(make_reports(item, ACLED, number=1)) for item in (valued, document))
    assert report.days == (date(2024, 5, 6), date(2024, 5, 6)) and bare.days is None
    assert group(valued, strike("b", "2024-05-07", time="أمس")) == [[0, 1]]


@pytest.mark.parametrize("day", ["الثلاثاء", "2024-13-01", None])
def test_a_document_without_a_readable_date_dates_nothing(day):
    assert next(make_reports(strike("a", day), ACLED, number=1)).days is None


def make_random_reports(seed, size):
    """Return reports of few days, places and people, so that most may be confused with another."""
    rng = random.Random(seed)

    def some(words, most):
        return frozenset(rng.sample(words, rng.randint(0, most)))

    for _ in range(size):
        day, places = date(2024, 5, rng.randint(6, 8)), some(["السنديان", "الرمان", "الكرمة"], 2)
        yield Report(
            kind="Attack",
            realis="Actual",
            document=rng.choice("abc"),
            days=rng.choice([None, (day, day), (day - timedelta(days=1), day)]),
            day_parts=some(["dawn", "night"], 1),
            places=places,
            grounds=places | some(["المشفى", "الرمان"], 1),
            agents=some(["الحرس", "اللواء", "التحالف"], 2),
            targets=some(["مدنيين", "المشفى", "جنود"], 2),
            code=(),
        )


@pytest.mark.parametrize("seed", range(30))
def test_keys_leave_out_no_report_that_agrees(seed, monkeypatch):
    reports = list(make_random_reports(seed, 60))
    found = group_reports(reports)
    for name in ("_list_keys", "_look_up_keys"):
        monkeypatch.setattr(incidents, name, lambda report: ["all are compared"])
    assert found == group_reports(reports)


def test_crowded_day_compares_no_reports_of_different_people(monkeypatch):
    num = 0

    def count(one, other):
        nonlocal num
        num += 1
        return agree(one, other)

    monkeypatch.setattr(incidents, "agree", count)
    day = (date(2024, 5, 6), date(2024, 5, 6))
    place = frozenset(["السنديان"])
    empty = frozenset()
    reports = [
        Report("Attack", "Actual", "a", day, empty, place, place, frozenset([f"لواء {i // 2}"]), empty, ())
        for i in range(1000)
    ]
    assert len(set(group_reports(reports))) == 500
    assert num < 3 * len(reports)


def test_reports_that_fit_two_incidents_join_the_first_whatever_order_sets_have():
    clear = [strike("a", "2024-05-06", agent="لواء النخيل"), strike("b", "2024-05-06", agent="كتيبة السدر")]
    assert group(*clear, strike("c", "2024-05-06", agent="")) == [[0, 2], [1]]


def test_time_of_four_days_and_more_joins_no_other_document():
    far = strike("a", "2024-05-28", time="أيار 2024")
    assert group(far, strike("b", "2024-05-06", time="6 أيار 2024")) == [[0], [1]]
    near = strike("a", "2024-05-08", time="بين 5 و7 أيار 2024")
    assert group(near, strike("b", "2024-05-06", time="6 أيار 2024")) == [[0, 1]]


def test_what_has_gone_on_for_two_days_ends_on_the_day_of_the_document():
    days = merge_times(values_of(["منذ+يومين"]))
    assert (days.start, days.end) == (date(2024, 5, 6), date(2024, 5, 8))
