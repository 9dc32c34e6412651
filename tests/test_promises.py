"""What the tables promise, each promise broken once: the database refuses, by the name of that promise."""

import datetime as dt
import hashlib

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point, Polygon
from django.db import IntegrityError, transaction
from django.db.models import F

from gis_app.models import (
    Act,
    Address,
    Appeal,
    AppealRule,
    Automatic,
    BoardRule,
    Boundary,
    Bulletin,
    Category,
    CategoryMonth,
    Cell,
    Delivery,
    Draw,
    DrawChecker,
    DrawnCheck,
    Duty,
    Edition,
    Escalation,
    EscalationRule,
    Event,
    Exposure,
    HotlineFile,
    Leaf,
    Major,
    Member,
    Notice,
    OfficeHours,
    Photo,
    QuietHours,
    Reachable,
    RefusedRow,
    Report,
    Retention,
    ScoreRule,
    Spot,
    SpotCheck,
    Submission,
    TaskDay,
    TaskMonth,
    Ticket,
    Town,
    Training,
    Unit,
    UnitDay,
    Village,
    Visit,
    Words,
)
from tests.conftest import TEA_TOWN

PUBLISHED = {"year": 2026, "serial": 1, "approved_at": "2026-11-25T04:00Z", "published_at": "2026-11-25T04:00Z"}
NOON = dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)


def one(model, **which):
    return model.objects.filter(**which).order_by("pk")[0]


def alter(row, **columns):
    """Write columns of a row past everything that the code above the tables checks."""
    assert type(row).objects.filter(pk=row.pk).update(**columns) == 1


def again(row, **other):
    """Insert a copy of a row, but for these columns."""
    for name, value in {"pk": None, **other}.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def twice(model, **columns):
    for _ in range(2):
        model.objects.create(**columns)


def twice_taught():
    for digest in ("one", "two"):
        Training.objects.create(digest=digest, kinds=b"", ours=b"", active=True)


def letter(**columns):
    """A delivery to a unit's program; it waits unless something else is said."""
    Delivery.objects.create(**{"notice": one(Notice), "channel": "webhook", "to": "http://x/", "next_at": NOON, **columns})


def run_out(**columns):
    """That half of a ticket's time was used."""
    told = {"ticket": one(Ticket), "clock": "unit", "started_at": NOON, "share": 50, "at": NOON, "told": True, **columns}
    return Escalation.objects.create(**told)


def two_of(make):
    for _ in range(2):
        make()


def spot(**columns):
    """A place under orders."""
    told = {"name": "渔丰村 茶镇", "task": "六", "cells": [1], "ordered_at": NOON, "answer_due_at": NOON, "tickets": [1]}
    Spot.objects.create(ordered_by=one(User), **told | columns)


def sent(**columns):
    """A file of the hotline."""
    told = {"name": "a.csv", "digest": "d", "size": 1, "sent_by": one(User), "sent_at": NOON, "moved_at": NOON, "about": 1}
    HotlineFile.objects.create(**told | columns)


BROKEN = {  # promise: how it is broken. The first ticket is done.
    "a_ticket_is_in_a_known_state": lambda: alter(
        one(Ticket), state="lost", unit=None, finished_at=None, finished_by=None
    ),  # breaks no other promise
    "versions_begin_at_one": lambda: alter(one(Ticket), version=0),
    "a_ticket_has_a_unit_exactly_from_dispatch_on": lambda: alter(one(Ticket), unit=None),
    "an_accepted_ticket_has_a_category_and_a_due_date": lambda: alter(one(Ticket), category=None),
    "a_dispatched_ticket_has_its_units_due_date": lambda: alter(one(Ticket), unit_due_at=None),
    "a_ticket_has_an_end_exactly_when_it_ended": lambda: alter(one(Ticket), ended_at=NOON),
    "a_finish_stands_exactly_while_done_or_closed": lambda: alter(one(Ticket), finished_by=None),
    "due_is_not_before_acceptance": lambda: alter(one(Ticket), due_at=F("accepted_at") - dt.timedelta(seconds=1)),
    "a_ticket_has_a_point_and_a_cell_unless_only_its_town_is_known": lambda: alter(one(Ticket), cell=None),
    "events_of_a_ticket_are_numbered": lambda: again(one(Event, step="finish")),
    "a_member_is_named_and_only_a_member": lambda: again(one(Event, step="finish"), seq=99, user=None),
    "the_first_event_opens_and_every_other_follows_one": lambda: again(one(Event, step="finish"), seq=99, before=""),
    # where cell and category are null; null is a place like any other
    "one_count_for_a_month_place_and_task": lambda: twice(TaskMonth, month="2026-11-01", town=one(Town)),
    "one_count_for_a_day_place_and_task": lambda: twice(TaskDay, day="2026-11-25", town=one(Town)),
    "one_count_for_a_month_place_and_category": lambda: twice(CategoryMonth, month="2026-11-01", town=one(Town)),
    "one_count_for_a_day_and_unit": lambda: twice(UnitDay, day="2026-11-25", unit=one(Unit)),
    "an_event_owes_a_notice_once": lambda: again(one(Notice, audience="desk")),
    "a_notice_has_the_receiver_that_its_audience_says": lambda: alter(one(Notice, audience="desk"), unit=one(Unit)),
    "a_code_opens_one_report": lambda: again(one(Report), source_ref="another"),
    "one_report_per_source_and_ref": lambda: again(one(Report), code="22222222222X"),
    "a_report_has_a_point_unless_only_its_town_is_known": lambda: alter(one(Report), precision="town"),
    "accuracy_is_not_negative": lambda: alter(one(Report), accuracy_m=-1),
    "a_photo_belongs_to_a_report_or_to_an_event": lambda: alter(one(Photo), report=one(Report)),
    "a_key_is_used_once_by_a_caller_on_a_path": lambda: again(one(Submission), digest="other"),
    "an_address_has_one_count_a_minute": lambda: again(one(Visit)),
    "a_file_is_loaded_once": lambda: again(one(Edition, active=True), active=False),
    "one_active_edition_of_a_kind": lambda: again(one(Edition, active=True), digest="other"),
    "an_edition_has_a_known_kind": lambda: alter(one(Edition, active=True), kind="maps"),
    "a_town_code_has_nine_digits": lambda: alter(one(Town), code="61072410"),
    "a_town_has_a_known_kind": lambda: alter(one(Town), kind="村"),
    "a_code_has_one_outline_in_an_edition": lambda: again(one(Boundary)),
    "acts_follow_one_another": lambda: again(one(Act, seq=1), seq=9999),
    "a_village_code_has_twelve_digits": lambda: alter(one(Village), code="61072410A001"),
    "a_town_has_an_address_once_in_an_edition": lambda: twice(
        Address, edition=one(Edition), name="老码头", town=one(Town), point=one(Village).point
    ),
    "a_towns_unit_has_its_town_and_no_other_has": lambda: alter(one(Unit, kind="town"), town=None),
    "there_is_one_desk": lambda: again(one(Unit, kind="desk"), code="another"),
    "a_post_is_held_once": lambda: again(one(Member, role="leader")),
    "officers_and_workers_have_a_unit_and_no_other_has": lambda: alter(one(Member, role="leader"), unit=one(Unit)),
    "a_category_code_has_four_digits": lambda: alter(one(Category), code="01"),
    "a_limit_is_more_than_nothing": lambda: alter(one(Category), limit=0),
    "a_category_has_a_known_task": lambda: alter(one(Category), task="五"),
    "a_limit_has_a_known_unit": lambda: alter(one(Category), limit_unit="天"),
    "a_duty_names_a_category_or_a_major_not_both": lambda: alter(one(Duty), category=one(Category), major=one(Major)),
    "a_duty_lists_its_areas_unless_it_is_the_county": lambda: alter(one(Duty, area_kind="town"), area_codes=[]),
    "one_training_is_in_use": lambda: twice_taught(),
    "a_share_is_more_than_nothing_and_at_most_all": lambda: alter(one(Automatic), least=0),
    "a_look_has_its_time": lambda: twice(SpotCheck, ticket=one(Ticket), day="2026-11-25", right=True),
    "a_draws_period_ends_after_it_begins": lambda: alter(one(Draw), start="2026-12-01", end="2026-11-30"),
    "a_draw_draws_something": lambda: alter(one(Draw), size=0),
    "checks_are_due_after_the_draw": lambda: alter(one(Draw), due_on=F("number_on")),
    "a_draw_has_its_number_and_seed_exactly_when_it_was_drawn": lambda: alter(one(Draw), number="207"),
    "a_checkers_number_is_given_once_in_a_draw": lambda: again(one(DrawChecker), user=one(User, username="clerk")),
    "a_person_is_once_in_the_pool_of_a_draw": lambda: again(one(DrawChecker), label="another-01"),
    "a_ticket_is_drawn_once_in_a_draw": lambda: again(one(DrawnCheck), order=99),
    "what_is_drawn_has_its_order": lambda: again(one(DrawnCheck), ticket=Ticket.objects.latest("pk")),
    "a_check_has_a_result_exactly_when_somebody_looked": lambda: alter(one(DrawnCheck), result="ok"),
    "a_period_has_each_edition_once": lambda: again(one(Bulletin)),
    "a_number_is_given_once": lambda: [bulletin(start=day, **PUBLISHED) for day in ("2026-04-01", "2026-04-02")],
    "a_bulletin_is_of_a_week_or_a_month": lambda: alter(one(Bulletin), kind="day"),
    "a_bulletins_period_ends_after_it_begins": lambda: alter(one(Bulletin), end=F("start")),
    "a_later_edition_corrects_one_and_says_why": lambda: alter(one(Bulletin), edition=2),
    "a_bulletin_is_approved_by_somebody_after_it_was_made": lambda: alter(one(Bulletin), approved_at=NOON),
    "a_bulletin_has_a_number_exactly_when_it_is_published": lambda: alter(one(Bulletin), year=2026),
    "a_month_may_be_contested_for_1_to_90_days": lambda: alter(one(AppealRule), days=0),
    "a_unit_contests_an_edition_once": lambda: again(one(Appeal)),
    "an_appeal_says_why": lambda: alter(one(Appeal), reason=""),
    "an_appeal_is_answered_by_somebody_with_a_note": lambda: alter(one(Appeal), note="?"),
    "a_granted_appeal_and_no_other_has_a_score": lambda: alter(
        one(Appeal), answer="refused", note="?", answered_at=NOON, answered_by=one(User), points=9000
    ),
    "a_duty_ends_after_it_begins": lambda: alter(one(Duty), valid_from="2026-01-02", valid_to="2026-01-01"),
    "hours_are_a_span_or_an_amount": lambda: alter(one(OfficeHours, rule="office"), closes=F("opens")),
    "a_ticket_remembers_where_it_was_while_held_or_merged": lambda: alter(one(Ticket), resume_to="new"),
    "a_suspended_ticket_says_until_when": lambda: alter(one(Ticket), suspended_at=NOON, suspended_until=F("suspended_at")),
    "a_merged_ticket_names_the_other": lambda: alter(one(Ticket), merged_into=Ticket.objects.latest("pk")),
    "no_ticket_is_merged_into_itself": lambda: alter(one(Ticket), split_from=F("pk")),
    "an_order_says_when_it_is_to_be_answered": lambda: alter(one(Ticket), supervised_at=NOON),
    "words_that_are_gone_are_gone": lambda: alter(one(Words), gone="0" * 64),
    "leaves_of_a_day_are_numbered": lambda: twice(Leaf, day="2026-11-25", of="tickets", number=1, heads=b""),
    "a_leaf_lists_tickets_or_reports": lambda: Leaf.objects.create(day="2026-11-25", of="units", number=1, heads=b""),
    "what_is_kept_for_a_time_is_of_a_known_kind": lambda: alter(one(Retention, kind="photos"), kind="hats"),
    "looks_are_one_chain_and_stay": lambda: alter(one(Retention, kind="looks"), days=30),
    "a_unit_rules_only_its_own_office_hours": lambda: alter(one(OfficeHours, rule="triage"), whose=one(Unit)),
    "a_notice_is_owed_by_an_event_or_by_time": lambda: alter(one(Notice), escalation=run_out()),
    "a_notice_goes_once_on_a_way_to_a_receiver": lambda: two_of(letter),
    "only_what_waits_has_a_time_to_be_sent": lambda: letter(state="sent"),
    "an_inbox_is_a_persons_and_only_there_one_knows_what_is_read": lambda: letter(read_at=NOON),
    "an_address_stands_once_with_its_owner": lambda: twice(Reachable, unit=one(Unit), channel="sms", to="x"),
    "an_address_is_a_persons_or_a_units": lambda: Reachable.objects.create(channel="sms", to="x"),
    "an_address_is_on_a_way_out_of_the_house": lambda: Reachable.objects.create(unit=one(Unit), channel="inbox", to="x"),
    "quiet_hours_leave_some_of_the_day": lambda: alter(one(QuietHours), begins=F("ends")),
    "quiet_hours_are_somebodys": lambda: alter(one(QuietHours), audience="nobody"),
    "an_escalation_is_told_once": lambda: two_of(run_out),
    "a_share_of_a_clock_has_one_rule": lambda: alter(one(EscalationRule, clock="unit"), share=100),
    "a_rule_is_about_a_known_clock": lambda: alter(one(EscalationRule), clock="sun"),
    "a_rule_begins_after_the_clock": lambda: alter(one(EscalationRule), share=0),
    "an_order_by_itself_has_words_and_a_time_for_the_answer": lambda: alter(one(EscalationRule, step="supervise"), order=""),
    "a_version_names_an_indicator_once": lambda: again(one(ScoreRule)),
    "a_score_is_made_of_known_indicators": lambda: alter(one(ScoreRule), indicator="speed"),
    "a_weight_is_above_0_and_at_most_100": lambda: alter(one(ScoreRule), weight=0),
    "floor_and_target_are_two_different_shares": lambda: alter(one(ScoreRule), floor=F("target")),
    "a_version_ends_after_it_begins": lambda: alter(one(ScoreRule), until=F("since") - dt.timedelta(days=1)),
    "a_list_names_an_indicator_once": lambda: again(one(BoardRule)),
    "a_list_is_red_or_black": lambda: alter(one(BoardRule), board="grey"),
    "lists_go_by_the_indicators_of_the_standard": lambda: alter(one(BoardRule), indicator="rechecked"),
    "only_what_is_outside_is_proposed": lambda: alter(one(BoardRule), side="within"),
    "a_funnel_has_two_limits": lambda: alter(one(BoardRule), level=90),
    "less_than_five_cases_say_nothing": lambda: alter(one(BoardRule), cases=4),
    "a_hotline_file_is_as_far_as_one_can_be": lambda: sent(stage="lost"),
    "a_hotline_file_is_under_way_once": lambda: two_of(lambda: sent(stage="looked")),
    "somebody_said_that_a_file_be_taken_in": lambda: sent(stage="importing"),
    "a_row_is_refused_once": lambda: (sent(), twice(RefusedRow, file=one(HotlineFile), line=7)),
    "the_same_row_is_refused_once": lambda: (
        sent(),
        [RefusedRow.objects.create(file=one(HotlineFile), line=line, cells="a") for line in (7, 8)],
    ),
    "a_spot_has_cells_and_tickets": lambda: spot(cells=[]),
    "a_spot_counts_for_a_task": lambda: spot(task="五"),
    "a_cell_is_one_that_is_drawn_or_stored": lambda: Cell.objects.create(
        id=1, res=7, point=Point(0, 0), outline=Polygon.from_bbox((0, 0, 1, 1))
    ),
    "a_cell_has_an_exposure_once_in_an_edition": lambda: twice(Exposure, edition=one(Edition), cell=1, amount=1),
    "an_exposure_is_more_than_nothing": lambda: Exposure.objects.create(edition=one(Edition), cell=1, amount=0),
}


def drawn_for(ticket, user, who="unit-chazhen"):
    """A draw that is announced, with one check. Returns the ids of both."""
    day = {"start": "2026-10-01", "end": "2026-10-31", "number_on": "2026-12-01", "due_on": "2026-12-10"}
    draw = Draw.objects.create(**day, size=1, roles=["unit"], announced_at=NOON, announced_by=user)
    checker = DrawChecker.objects.create(draw=draw, label="chazhen-01", user=one(User, username=who))
    check = DrawnCheck.objects.create(draw=draw, order=1, ticket=ticket, unit=one(Unit), checker=checker)
    return draw.pk, check.pk


def bulletin(**more):
    """A bulletin of nothing, a draft unless told otherwise."""
    kept = {"frozen": "{}", "digest": hashlib.sha256(b"{}").hexdigest(), "made_at": NOON, "end": "2026-05-31"}
    by = {name: one(User) for name in ("approved_by", "published_by") if name.replace("by", "at") in more}
    return Bulletin.objects.create(**{"kind": "month", "start": "2026-05-01", **kept, **by, **more})


def refused_by(breaking):
    """The name of the constraint that refuses, or None when it goes through; undone either way."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                breaking()
        except IntegrityError as error:
            return error.__cause__.diag.constraint_name
        finally:
            transaction.set_rollback(True)


def test_every_promise_that_a_table_makes_is_kept_by_the_database(cast):
    cast.finished()
    cast.reporter.reports("路灯不亮", TEA_TOWN, key="k-1")
    Automatic.objects.create(category=one(Category))
    drawn_for(one(Ticket), cast.leader.user)
    Appeal.objects.create(bulletin=bulletin(), unit=one(Unit), reason="?", made_at=NOON, made_by=cast.leader.user)
    assert {promise: refused_by(breaking) for promise, breaking in BROKEN.items()} == {promise: promise for promise in BROKEN}


def test_every_promise_of_the_models_is_tried():
    models = apps.get_app_config("gis_app").get_models()
    assert set(BROKEN) == {constraint.name for model in models for constraint in model._meta.constraints}
