"""Who is on an agreement: added, changed, taken off and put back, and by whom; and choosing a password by a letter."""

from __future__ import annotations

import datetime
import re
import threading
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from signatures.domain import account_letters, people
from signatures.domain.errors import Refused
from signatures.models import AccountLetter, Agreement, AuditEvent, DispatchState, Membership, Role, User

from .conftest import Collection
from .screens import text_of

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2021, 5, 4, 12, tzinfo=datetime.UTC)
NEW = {"email": "Ida@Firm.example", "name": "Ida Brandt", "role": "admin", "may_see_amounts": "on"}


@pytest.fixture(autouse=True)
def set_up(settings: Any) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.firm.example", "signatures@firm.example"


def part(agreement: Agreement, email: str) -> tuple[str, bool] | None:
    found = Membership.objects.filter(agreement=agreement, user__email=email).first()
    return (found.role, found.may_see_amounts) if found else None


def membership(agreement: Agreement, user: User) -> Membership:
    return Membership.objects.select_related("user", "agreement").get(agreement=agreement, user=user)


def sent() -> Any:
    """Send what is queued, and return the last letter."""
    for letter in AccountLetter.objects.filter(state="queued"):
        account_letters.send(letter.pk)
    return mail.outbox[-1]


def link_in(letter: Any) -> str:
    return re.search(r"http://[^/]+(/password/choose/\S+)", letter.body)[1]  # type: ignore[index]


def choosing(own: Client, letter: Any) -> str:
    """Open the link of a letter, and return where the password is chosen then."""
    return own.get(link_in(letter)).headers["Location"]


def test_somebody_new_is_added_told_by_letter_and_chooses_a_password_once(
    agreement: Agreement, counsel: User, client: Client
) -> None:
    client.force_login(counsel)
    said = client.post(reverse("people", args=[agreement.slug]), NEW, follow=True)
    assert "Ida Brandt is on the agreement now, and is told by letter." in text_of(said)
    assert "Has not chosen a password yet" in text_of(said)
    assert part(agreement, "ida@firm.example") == ("admin", True)
    event = AuditEvent.objects.filter(agreement=agreement).latest("sequence")
    assert (event.action, event.actor, event.data) == (
        "member set",
        counsel,
        {"user": "ida@firm.example", "role": "admin", "may_see_amounts": True},
    )
    letter = sent()
    assert (letter.to, letter.subject) == (["ida@firm.example"], f"Counsel added you to “{agreement.title}”")
    assert "Letter sent" in text_of(client.get(reverse("people", args=[agreement.slug])))
    own = Client()
    chosen = own.post(
        choosing(own, letter),
        {"new_password1": "a quiet harbour town", "new_password2": "a quiet harbour town"},
        follow=True,
    )
    assert agreement.title in text_of(chosen)
    assert own.get(reverse("board", args=[agreement.slug])).status_code == 200
    again = text_of(Client().get(link_in(letter)))
    assert "This link works no more." in again


def test_who_has_an_account_gets_a_letter_without_a_link_to_a_password(
    agreement: Agreement, counsel: User, stranger: User
) -> None:
    people.add(agreement, stranger.email, "", Role.VIEWER, False, counsel)
    letter = sent()
    assert "/password/" not in letter.body
    assert reverse("board", args=[agreement.slug]) in letter.body
    assert User.objects.get(pk=stranger.pk).name == stranger.name


def test_only_counsel_says_who_is_on_it(
    agreement: Agreement, counsel: User, viewer: User, stranger: User, client: Client
) -> None:
    admin = User.objects.create_user("admin@firm.example", "a long enough password")
    Membership.objects.create(agreement=agreement, user=admin, role=Role.ADMIN, may_see_amounts=True)
    slug = agreement.slug
    posts = [
        (reverse("people", args=[slug]), NEW),
        (reverse("people_change", args=[slug, counsel.pk]), {"do": "off"}),
        (reverse("people_put_back", args=[slug, viewer.pk]), {}),
    ]
    for user, looks, acts in ((admin, 200, 403), (viewer, 200, 403), (stranger, 404, 404)):
        client.force_login(user)
        assert client.get(posts[0][0]).status_code == looks
        assert [client.post(url, said).status_code for url, said in posts] == [acts] * 3
    shown = client.get(posts[0][0])
    client.force_login(viewer)
    shown = client.get(posts[0][0])
    assert "Add somebody" not in text_of(shown)
    assert 'name="do"' not in shown.content.decode()
    with pytest.raises(Refused, match="Only counsel of the agreement"):
        people.add(agreement, "ida@firm.example", "", Role.VIEWER, False, admin)
    assert Membership.objects.filter(agreement=agreement).count() == 3


def test_nobody_shows_amounts_to_others_who_does_not_see_them(
    agreement: Agreement, counsel: User, viewer: User
) -> None:
    Membership.objects.filter(agreement=agreement, user=counsel).update(may_see_amounts=False)
    with pytest.raises(Refused, match="You may not see amounts"):
        people.add(agreement, "ida@firm.example", "", Role.ADMIN, True, counsel)
    with pytest.raises(Refused, match="You may not see amounts"):
        people.change(membership(agreement, viewer), Role.VIEWER, True, counsel)
    assert not User.objects.filter(email="ida@firm.example").exists()
    Membership.objects.filter(agreement=agreement, user=viewer).update(may_see_amounts=True)
    assert people.change(membership(agreement, viewer), Role.ADMIN, True, counsel)


def test_a_part_is_changed_unless_a_colleague_did_so_meanwhile(
    agreement: Agreement, counsel: User, viewer: User, client: Client
) -> None:
    client.force_login(counsel)
    url = reverse("people_change", args=[agreement.slug, viewer.pk])
    said = client.post(
        url, {"do": "change", "seen": "viewer none", "role": "admin", "may_see_amounts": "on"}, follow=True
    )
    assert f"The part of {viewer} is changed." in text_of(said)
    assert part(agreement, viewer.email) == ("admin", True)
    said = client.post(url, {"do": "change", "seen": "viewer none", "role": "counsel"}, follow=True)
    assert f"The part of {viewer} was changed meanwhile." in text_of(said)
    said = client.post(url, {"do": "change", "seen": "admin amounts", "role": "owner"}, follow=True)
    assert "Choose what this person may do." in text_of(said)
    assert part(agreement, viewer.email) == ("admin", True)
    assert not people.change(membership(agreement, viewer), Role.ADMIN, True, counsel)


def test_somebody_taken_off_sees_nothing_from_the_next_request_on_and_is_put_back(
    agreement: Agreement, counsel: User, viewer: User, client: Client
) -> None:
    looking = Client()
    looking.force_login(viewer)
    board = reverse("board", args=[agreement.slug])
    live = reverse("board_live", args=[agreement.slug])
    assert looking.get(board).status_code == 200
    client.force_login(counsel)
    said = client.post(reverse("people_change", args=[agreement.slug, viewer.pk]), {"do": "off"}, follow=True)
    assert f"{viewer} is off the agreement and sees nothing of it. Undo" in text_of(said)
    assert [looking.get(url).status_code for url in (board, live)] == [404, 404]
    said = client.post(reverse("people_put_back", args=[agreement.slug, viewer.pk]), follow=True)
    assert f"{viewer} is on the agreement again." in text_of(said)
    assert part(agreement, viewer.email) == ("viewer", False)
    assert looking.get(board).status_code == 200
    said = client.post(reverse("people_put_back", args=[agreement.slug, viewer.pk]), follow=True)
    assert "This person is on the agreement again already." in text_of(said)
    assert AccountLetter.objects.count() == 0


def test_the_last_counsel_stays(agreement: Agreement, counsel: User, viewer: User) -> None:
    own = membership(agreement, counsel)
    with pytest.raises(Refused, match="This is the only counsel"):
        people.take_off(own, counsel)
    with pytest.raises(Refused, match="This is the only counsel"):
        people.change(own, Role.ADMIN, True, counsel)
    people.change(membership(agreement, viewer), Role.COUNSEL, False, counsel)
    people.take_off(own, counsel)
    assert part(agreement, counsel.email) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_counsel_who_take_each_other_off_one_stays(agreement: Agreement, counsel: User) -> None:
    other = User.objects.create_user("second@firm.example", "a long enough password")
    Membership.objects.create(agreement=agreement, user=other, role=Role.COUNSEL)
    parts = [(membership(agreement, other), counsel), (membership(agreement, counsel), other)]
    together, outcomes = threading.Barrier(2), []

    def take(one: Membership, by: User) -> None:
        together.wait()
        try:
            people.take_off(one, by)
            outcomes.append("off")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=one) for one in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["off", "refused"]
    assert Membership.objects.filter(agreement=agreement, role=Role.COUNSEL).count() == 1


def test_what_is_wrong_is_said_and_changes_nothing(agreement: Agreement, counsel: User, client: Client) -> None:
    client.force_login(counsel)
    url = reverse("people", args=[agreement.slug])
    said = client.post(url, {**NEW, "email": counsel.email})
    assert (said.status_code, f"{counsel} is on this agreement already." in text_of(said)) == (422, True)
    said = client.post(url, {**NEW, "email": "ida at firm"})
    assert (said.status_code, "Enter a valid email address." in text_of(said)) == (422, True)
    User.objects.create_user("closed@firm.example", "a long enough password", is_active=False)
    said = client.post(url, {**NEW, "email": "closed@firm.example"})
    assert "The account of closed@firm.example is closed." in text_of(said)
    assert Membership.objects.filter(agreement=agreement).count() == 1


def test_a_letter_that_failed_says_why_and_is_sent_again(
    agreement: Agreement, counsel: User, client: Client, settings: Any
) -> None:
    one = people.add(agreement, "ida@firm.example", "Ida", Role.VIEWER, False, counsel)
    client.force_login(counsel)
    again = reverse("people_change", args=[agreement.slug, one.user_id])
    assert "A letter to Ida is on its way already." in text_of(client.post(again, {"do": "letter"}, follow=True))
    settings.EMAIL_HOST = ""
    account_letters.send(AccountLetter.objects.get().pk)
    shown = text_of(client.get(reverse("people", args=[agreement.slug])))
    assert "Nothing can be sent: no mail server is set up for this site." in shown
    settings.EMAIL_HOST = "mail.firm.example"
    assert "The letter to Ida goes out again." in text_of(client.post(again, {"do": "letter"}, follow=True))
    assert sent().to == ["ida@firm.example"]
    assert list(AccountLetter.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "sent"]


def test_a_letter_is_sent_once_and_one_that_was_lost_is_perhaps_sent(agreement: Agreement, counsel: User) -> None:
    letter = account_letters.queue(counsel, agreement, counsel)
    account_letters.send(letter.pk)
    account_letters.send(letter.pk)
    assert len(mail.outbox) == 1
    lost = account_letters.queue(counsel, agreement, counsel)
    AccountLetter.objects.filter(pk=lost.pk).update(state=DispatchState.SENDING, sending_since=NOON)
    assert (account_letters.settle_lost(), account_letters.settle_lost()) == (1, 0)
    account_letters.send(lost.pk)
    lost.refresh_from_db()
    assert (lost.state, len(mail.outbox)) == ("perhaps", 1)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"state": "posted", "sending_since": NOON}, "account_letter_state_is_known"),
        ({"state": "sent"}, "account_letter_says_since_when_it_is_sent"),
    ],
)
def test_the_database_refuses(counsel: User, fields: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AccountLetter.objects.create(user=counsel, **fields)


def test_a_forgotten_password_is_answered_alike_for_everybody(counsel: User, client: Client) -> None:
    url = reverse("password_forgotten")
    answers = [
        text_of(client.post(url, {"email": email}, follow=True)) for email in (counsel.email, "nobody@x.example")
    ]
    assert answers[0] == answers[1]
    assert "If there is an account with this address, a letter with a link is on its way to it." in answers[0]
    assert list(AccountLetter.objects.values_list("user", "agreement")) == [(counsel.pk, None)]
    letter = sent()
    own = Client()
    words = {"new_password1": "another long password", "new_password2": "another long password"}
    own.post(choosing(own, letter), words)
    assert Client().login(username=counsel.email, password="another long password")
    assert not Client().login(username=counsel.email, password="a long enough password")


def test_asking_again_and_again_sends_one_letter_and_is_shut_after_a_while(counsel: User, client: Client) -> None:
    url = reverse("password_forgotten")
    answers = [client.post(url, {"email": counsel.email}).status_code for _ in range(12)]
    assert answers == [302] * 10 + [422] * 2
    assert AccountLetter.objects.count() == 1
    AccountLetter.objects.update(asked_at=timezone.now() - account_letters.ONE_IN)
    for _ in range(account_letters.MOST_A_DAY + 2):
        account_letters.queue_new_password(counsel.email)
        AccountLetter.objects.update(asked_at=timezone.now() - account_letters.ONE_IN)
    assert AccountLetter.objects.count() == account_letters.MOST_A_DAY


@pytest.mark.django_db(transaction=True)
def test_two_askings_at_once_send_one_letter(counsel: User) -> None:
    together = threading.Barrier(2)

    def ask() -> None:
        together.wait()
        account_letters.queue_new_password(counsel.email)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AccountLetter.objects.count() == 1


def test_one_changes_ones_own_password_and_is_signed_out_elsewhere(counsel: User, client: Client) -> None:
    elsewhere = Client()
    for one in (client, elsewhere):
        one.force_login(counsel)
    url = reverse("password_change")
    new = {"new_password1": "another long password", "new_password2": "another long password"}
    wrong = client.post(url, {"old_password": "not this one", **new})
    assert "Your old password was entered incorrectly." in text_of(wrong)
    said = client.post(url, {"old_password": "a long enough password", **new}, follow=True)
    assert "Your password is changed. Everywhere else you are signed out." in text_of(said)
    assert client.get(url).status_code == 200
    assert elsewhere.get(url).status_code == 302


def test_the_number_of_queries_does_not_grow_with_the_people(
    collection: Collection, counsel: User, client: Client
) -> None:
    client.force_login(counsel)
    url, counts = reverse("people", args=[collection.agreement.slug]), []
    for number in (1, 30):
        for index in range(number):
            people.add(collection.agreement, f"p{number}-{index}@firm.example", "", Role.VIEWER, False, counsel)
        gone = Membership.objects.select_related("user", "agreement").filter(user__email=f"p{number}-0@firm.example")
        people.take_off(gone.get(), counsel)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 10
