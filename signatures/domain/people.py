"""People with an account, and their part in an agreement."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.models import Agreement, Membership, Role, User


def person_of(email: str, agreement: Agreement) -> User:
    """Return the person of an address who may decide in an agreement, for an operator who works at the shell.

    Somebody without an account gets one that cannot sign in until a password is set; somebody without a part in the
    agreement becomes counsel in it. Both are audit events.
    Raises Refused for an address that is none, and for one who looks on.
    """
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(f"“{email}” is not an e-mail address.") from error
    with transaction.atomic():
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            user = User.objects.create_user(email)
            audit.record(agreement, None, "account made at the shell", user=user.email)
        if not user.is_active:
            raise Refused(f"The account of {email} is closed.")
        membership = Membership.objects.filter(agreement=agreement, user=user).first()
        if membership is None:
            Membership.objects.create(agreement=agreement, user=user, role=Role.COUNSEL, may_see_amounts=True)
            audit.record(agreement, None, "member set", user=user.email, role=Role.COUNSEL, may_see_amounts=True)
        elif membership.role == Role.VIEWER:
            raise Refused(f"{user} may look at this agreement and not decide in it.")
    return user
