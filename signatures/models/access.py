"""Who may see what: users and their part in an agreement."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Makes users, who sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user. An address is one address whatever its case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """Somebody with an account: counsel, an admin, a client who looks. Holders have none."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(email=""), name="user_has_an_email"),
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="user_has_one_address_whatever_its_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Return an address as it is kept: in small letters, as it is looked for when somebody signs in."""
        return super().normalize_username(username).strip().lower()

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """The first letters of the first and last name, or of the address where no name is known."""
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper()


class Role(models.TextChoices):
    COUNSEL = "counsel", "counsel"
    ADMIN = "admin", "admin"
    VIEWER = "viewer", "looks on"


class Membership(models.Model):
    """A user's part in one agreement. Amounts are a permission of their own."""

    agreement = models.ForeignKey("signatures.Agreement", on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    may_see_amounts = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
            models.UniqueConstraint(fields=["agreement", "user"], name="one_membership_a_user_and_agreement"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"
