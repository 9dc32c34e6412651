"""Who it is: a session must show that its own page sent the request, a token is enough by itself."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gis_app.models import Member, Report, Ticket, Token


@pytest.fixture
def ticket(cast):
    """The id of a ticket that is dispatched to 茶镇."""
    return cast.dispatched()["id"]


@pytest.fixture
def strict(cast, ticket):
    """A function that posts as a real server takes it: a comment on the ticket, or a report."""

    def post(client, path="steps", **headers):
        body = {"text": "路灯不亮", "lon": 108.045, "lat": 32.96} if path == "reports" else {"step": "comment", "note": "看过"}
        address = "/api/v1/reports" if path == "reports" else f"/api/v1/tickets/{ticket}/steps"
        answer = client.post(address, body, "application/json", headers=headers)
        return answer.status_code, answer.json().get("type")

    return post


def session_of(person):
    """The person's browser, with all checks on; not yet on any page."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("path", ["steps", "reports"])
def test_a_session_posts_with_its_pages_token_only(cast, strict, path):
    client = session_of(cast.worker)
    assert strict(client, path) == (403, "no-csrf-token")
    assert Report.objects.filter(source="worker").count() == 0
    client.get("/")
    token = client.cookies["csrftoken"].value
    assert strict(client, path, **{"X-CSRFToken": token})[0] == (201 if path == "reports" else 200)


def test_a_page_form_without_its_token_changes_nothing(cast, ticket):
    answer = session_of(cast.worker).post(f"/tickets/{ticket}/steps", {"step": "start", "seen": 3})
    assert answer.status_code == 403 and Ticket.objects.get(pk=ticket).state == "dispatched"


def test_a_bearer_token_needs_neither_cookies_nor_a_csrf_token(cast, strict):
    secret = Token.issue(cast.worker.user)
    assert strict(Client(enforce_csrf_checks=True), Authorization=f"Bearer {secret}") == (200, None)
    assert strict(Client(enforce_csrf_checks=True), "reports", Authorization=f"Bearer {secret}") == (201, None)
    assert Report.objects.order_by("pk").last().source == "worker"


def test_a_stranger_needs_no_token_to_report_and_hears_401_of_steps(strict):
    assert strict(Client(enforce_csrf_checks=True), "reports") == (201, None)
    assert strict(Client(enforce_csrf_checks=True)) == (401, "not-signed-in")


def test_a_wrong_token_is_nobody_and_opens_no_session_by_the_back_door(cast, strict):
    wrong = {"Authorization": "Bearer of-bad-news"}
    assert strict(Client(enforce_csrf_checks=True), **wrong) == (401, "not-signed-in")
    assert strict(session_of(cast.worker), **wrong) == (403, "no-csrf-token")


def test_who_has_left_is_let_in_by_neither_token_nor_session(cast, strict):
    secret = Token.issue(cast.worker.user)
    User.objects.filter(pk=cast.worker.user.pk).update(is_active=False)
    assert strict(Client(enforce_csrf_checks=True), Authorization=f"Bearer {secret}") == (401, "not-signed-in")
    assert cast.worker.client.get("/api/v1/tickets").status_code == 401


def test_a_post_that_is_taken_away_is_gone_at_the_next_request(cast, ticket):
    Member.objects.filter(user=cast.worker.user).delete()
    assert cast.worker.opens(ticket).status_code == 404 and cast.worker.sees() == []


def test_a_wrong_token_beside_a_report_is_told_and_the_report_not_taken_as_a_strangers(cast):
    answer = cast.reporter.client.post("/api/v1/reports", {"text": "路灯不亮"}, headers={"Authorization": "Bearer of-bad-news"})
    assert (answer.status_code, answer.json()["type"]) == (401, "not-signed-in")


def test_a_password_for_a_proxy_in_front_does_not_shut_out_a_citizen(cast):
    sent = {"text": "路灯不亮", "lon": 108.045, "lat": 32.96}
    answer = cast.reporter.client.post("/api/v1/reports", sent, headers={"Authorization": "Basic dGVhOmxlYWY="})
    assert answer.status_code == 201, answer.content.decode()


def test_a_step_sent_after_the_sign_in_ran_out_leads_back_to_its_page(cast, ticket):
    page = f"/work/{ticket}"
    sent = Client().post(f"/tickets/{ticket}/steps", {"step": "start"}, headers={"Referer": f"http://testserver{page}"})
    login = Client().get(sent["Location"]).content.decode()
    assert "刚才那一步没有办" in login and f'value="http://testserver{page}"' in login
    elsewhere = Client().post(f"/tickets/{ticket}/steps", headers={"Referer": "https://example.com/"})
    assert "next=/home" in elsewhere["Location"]


def test_the_address_of_a_step_opened_as_a_page_says_what_to_do(cast, ticket):
    answer = cast.officer.client.get(f"/tickets/{ticket}/steps")
    assert answer.status_code == 405 and "要从按钮进来" in answer.content.decode()
    assert answer["Allow"] == "POST"
