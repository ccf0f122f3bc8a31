"""People with an account, and their part in an agreement: who may look, who may decide, and who sees amounts."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from signatures.domain import account_letters, audit
from signatures.domain.errors import Overtaken, Refused
from signatures.models import Agreement, Membership, Role, User

LAST = "This is the only counsel of the agreement. Make somebody else counsel first."
SET, TAKEN_OFF = "member set", "member taken off"


def person_of(email: str, agreement: Agreement) -> User:
    """Return the person of an address who may decide in an agreement, for an operator who works at the shell.

    Somebody without an account gets one that cannot sign in until a password is set; somebody without a part in the
    agreement becomes counsel in it. Both are audit events.
    Raises Refused for an address that is none, and for one who looks on.
    """
    with transaction.atomic():
        user = _user(email, "", agreement, None)
        membership = Membership.objects.filter(agreement=agreement, user=user).first()
        if membership is None:
            Membership.objects.create(agreement=agreement, user=user, role=Role.COUNSEL, may_see_amounts=True)
            audit.record(agreement, None, SET, user=user.email, role=Role.COUNSEL, may_see_amounts=True)
        elif membership.role == Role.VIEWER:
            raise Refused(f"{user} may look at this agreement and not decide in it.")
    return user


@transaction.atomic
def add(agreement: Agreement, email: str, name: str, role: str, may_see_amounts: bool, by: User) -> Membership:
    """Give somebody a part in an agreement, and send a letter that says so.

    Who has no account gets one, and chooses its password by the link in the letter. Raises Refused with the sentence.
    """
    own = _as_counsel(agreement, by)
    _may_show(own, may_see_amounts)
    user = _user(email, name, agreement, by)
    membership, is_new = Membership.objects.get_or_create(
        agreement=agreement, user=user, defaults={"role": Role(role), "may_see_amounts": may_see_amounts}
    )
    if not is_new:
        raise Refused(f"{user} is on this agreement already. Change the part below.")
    account_letters.queue(user, agreement, by)
    audit.record(agreement, by, SET, user=user.email, role=role, may_see_amounts=may_see_amounts)
    return membership


@transaction.atomic
def change(membership: Membership, role: str, may_see_amounts: bool, by: User) -> bool:
    """Give a person another part. `membership` is as it was seen. Returns False where that is how it stands.

    Raises Refused with the sentence, Overtaken where a colleague changed it meanwhile.
    """
    agreement = membership.agreement
    own = _as_counsel(agreement, by)
    if (membership.role, membership.may_see_amounts) == (role, may_see_amounts):
        return False
    if may_see_amounts and not membership.may_see_amounts:
        _may_show(own, may_see_amounts)
    if role != Role.COUNSEL:
        _not_last(membership)
    if not _as_seen(membership).update(role=Role(role), may_see_amounts=may_see_amounts):
        raise Overtaken(f"The part of {membership.user} was changed meanwhile. Look at it again.")
    audit.record(agreement, by, SET, user=membership.user.email, role=role, may_see_amounts=may_see_amounts)
    return True


@transaction.atomic
def take_off(membership: Membership, by: User) -> None:
    """Take a person off an agreement: from the next request on it answers as if they had never been on it.

    Raises Refused with the sentence, Overtaken where a colleague changed the part meanwhile.
    """
    _as_counsel(membership.agreement, by)
    _not_last(membership)
    if not _as_seen(membership).delete()[0]:
        raise Overtaken(f"The part of {membership.user} was changed meanwhile. Look at it again.")
    part = {"role": membership.role, "may_see_amounts": membership.may_see_amounts}
    audit.record(membership.agreement, by, TAKEN_OFF, user=membership.user.email, **part)


@transaction.atomic
def put_back(agreement: Agreement, user: User, role: str, may_see_amounts: bool, by: User) -> Membership:
    """Undo that a person was taken off: the part is as it was, and no letter is sent. Raises Refused, Overtaken."""
    _may_show(_as_counsel(agreement, by), may_see_amounts)
    membership, is_new = Membership.objects.get_or_create(
        agreement=agreement, user=user, defaults={"role": Role(role), "may_see_amounts": may_see_amounts}
    )
    if not is_new:
        raise Overtaken(f"{user} is on this agreement again already.")
    audit.record(agreement, by, SET, user=user.email, role=role, may_see_amounts=may_see_amounts)
    return membership


@transaction.atomic
def write_again(membership: Membership, by: User) -> None:
    """Send the letter about the agreement once more. Raises Refused, also while one is on its way."""
    _as_counsel(membership.agreement, by)
    if account_letters.under_way(membership.user, membership.agreement):
        raise Refused(f"A letter to {membership.user} is on its way already.")
    account_letters.queue(membership.user, membership.agreement, by)
    audit.record(membership.agreement, by, "member written to", user=membership.user.email)


def _user(email: str, name: str, agreement: Agreement, by: User | None) -> User:
    """Return the account of an address, made if there is none. Raises Refused for an address that is none."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(f"“{email}” is not an e-mail address.") from error
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, name=" ".join(name.split()))
        audit.record(agreement, by, "account made" if by else "account made at the shell", user=user.email)
    if not user.is_active:
        raise Refused(f"The account of {email} is closed.")
    return user


def _as_counsel(agreement: Agreement, by: User) -> Membership:
    """Return a person's own part, with the agreement locked: of two who change parts at once, one comes first.

    Raises Refused for anybody but its counsel.
    """
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    own = Membership.objects.filter(agreement=agreement, user=by, role=Role.COUNSEL).first()
    if own is None:
        raise Refused("Only counsel of the agreement says who may see it.")
    return own


def _may_show(own: Membership, may_see_amounts: bool) -> None:
    if may_see_amounts and not own.may_see_amounts:
        raise Refused("You may not see amounts, so you cannot show them to others. Leave that unticked.")


def _not_last(membership: Membership) -> None:
    others = Membership.objects.filter(agreement=membership.agreement, role=Role.COUNSEL, user__is_active=True)
    if not others.exclude(pk=membership.pk).exists():
        raise Refused(LAST)


def _as_seen(membership: Membership) -> QuerySet[Membership]:
    return Membership.objects.filter(pk=membership.pk, role=membership.role, may_see_amounts=membership.may_see_amounts)
