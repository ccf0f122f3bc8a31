"""The forms of setting an agreement up. They parse; the domain decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms

from holders.models import PartyRole
from signatures.models import Agreement, Authority, Channel, FurtherDocument, PageTemplate, Particular, Role, Threshold
from signatures.models.page_template import MOST_BLOCKS

SMALL = {"rows": 2}
ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)
DAY = forms.DateInput(attrs={"type": "date"})


class DocumentForm(forms.Form):
    document = forms.FileField(
        label="The agreement",
        help_text="Word, PDF or plain text. It is kept as it came.",
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.txt"}),
    )


class FurtherDocumentForm(forms.Form):
    """A document that is signed along with the agreement."""

    title = forms.CharField(label="Title", max_length=200, help_text="As it stands on its signature pages: Release")
    document = forms.FileField(
        label="The document",
        help_text="Word, PDF or plain text. It is kept as it came.",
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.txt"}),
    )
    signs = forms.ChoiceField(
        label="It is signed by",
        choices=FurtherDocument.Signs.choices,
        initial=FurtherDocument.Signs.NAMED,
        widget=forms.RadioSelect,
    )


class HeadForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the agreement is called and says of itself."""

    facts: tuple[tuple[str, str], ...] = ()

    class Meta:
        model = Agreement
        fields = ("title", "amends_title", "witness_clause", "amount_caption", "as_of")
        labels = {
            "amends_title": "Amends",
            "witness_clause": "Witness clause on the pages",
            "amount_caption": "Caption before the amount",
        }
        help_texts = {"amends_title": ""}
        widgets = {"as_of": DAY, "witness_clause": forms.Textarea(attrs={"rows": 3})}


class BlockForm(forms.Form):
    """One signature block as it will be printed."""

    block = forms.IntegerField(widget=forms.HiddenInput)
    entity = forms.CharField(label="Party", max_length=300)
    address = forms.CharField(label="Address", widget=forms.Textarea(attrs=SMALL), required=False)
    chain = forms.CharField(
        label="Signs by, one link a line, outermost first",
        widget=forms.Textarea(attrs=SMALL),
        required=False,
        help_text="such as: Pier Management LLC, its General Partner",
    )
    signatory = forms.CharField(label="Signatory, one a line", widget=forms.Textarea(attrs=SMALL), required=False)
    title = forms.CharField(label="Title, one a line", widget=forms.Textarea(attrs=SMALL), required=False)
    role = forms.ChoiceField(label="Role", choices=PartyRole.choices)
    remove = forms.BooleanField(label="Does not sign: leave this block out", required=False)

    source: dict[str, Any] | None = None
    doubts: tuple[str, ...] = ()
    # What stands in it, as words and values, where it may not be changed: the block was issued, or one only looks on.
    facts: tuple[tuple[str, str], ...] = ()


BlockFormSet = forms.formset_factory(BlockForm, extra=0)


class RegisterForm(forms.Form):
    register = forms.FileField(
        label="Register", widget=forms.FileInput(attrs={"accept": ".csv,.xlsx", "class": "field"})
    )


class OwnPdfForm(forms.Form):
    pdf = forms.FileField(
        label="Your signature pages, as PDF",
        help_text="The agreement with its signature pages, or these alone. It is kept as it came.",
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
    )


class IssueForm(forms.Form):
    """How many blocks share a sheet; `most` comes from the agreement's template."""

    arrangement = forms.ChoiceField(label="Blocks on a page", widget=forms.RadioSelect)
    shared = forms.BooleanField(
        label="I know that holders on one sheet see each other's names, and want it so", required=False
    )

    def __init__(self, *given: Any, most: int = 2, **named: Any) -> None:
        super().__init__(*given, **named)
        number = {2: "two", 3: "three"}.get(most, "four")
        arrangement = self.fields["arrangement"]
        assert isinstance(arrangement, forms.ChoiceField)
        arrangement.choices = [
            (PageTemplate.Sharing.ONE.value, "One block a page"),
            (PageTemplate.Sharing.SIGNATORY.value, f"All blocks of one signatory on a sheet, {number} at most"),
            (
                PageTemplate.Sharing.SHARED.value,
                f"{number.capitalize()} holders a sheet, whoever signs: they will see each other",
            ),
        ]


SIZES = [(f"{half / 2:.1f}", f"{half / 2:g} points") for half in range(18, 27)]


class PageTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a signature page is typeset with."""

    size = forms.TypedChoiceField(label="Size of type", choices=SIZES, coerce=Decimal)
    most_blocks = forms.TypedChoiceField(
        label="At most on a shared sheet",
        choices=[(count, f"{count} blocks") for count in range(2, MOST_BLOCKS + 1)],
        coerce=int,
    )
    blanks = forms.MultipleChoiceField(
        label="Blanks to fill in",
        choices=PageTemplate.Blank.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = PageTemplate
        fields = (
            *("name", "font", "size", "paper", "sharing", "most_blocks"),
            *("witness_clause", "blanks", "second_signatory"),
        )
        labels = {
            "font": "Font",
            "paper": "Paper",
            "sharing": "Blocks on a page",
            "witness_clause": "Witness clause",
            "second_signatory": "A second signature line for each holder, which may stay empty",
        }
        help_texts = {
            "witness_clause": "Empty: as the agreement has it. {agreement} and {date} are filled in.",
        }
        widgets = {"witness_clause": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.initial["size"] = f"{self.instance.size:.1f}"


CURRENCIES = (
    *("USD", "EUR", "GBP", "CHF"),  # the most frequent first
    *("AUD", "BRL", "CAD", "CNY", "DKK", "HKD", "JPY", "MXN", "NOK", "NZD", "SEK", "SGD"),
)


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The agreement's terms on how pages come back, and who counsel is."""

    currency = forms.ChoiceField(
        label="Currency of the notes", choices=[(one, one) for one in CURRENCIES], required=False
    )
    principal_outstanding = forms.CharField(label="Principal outstanding of the series", required=False)
    principal_source = forms.CharField(label="Where that comes from", required=False, max_length=300)
    time_zone = forms.ChoiceField(label="Time zone", choices=[(zone, zone.replace("_", " ")) for zone in ZONES])
    delivering_channels = forms.MultipleChoiceField(
        label="Channels that deliver", choices=Channel.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    required_particulars = forms.MultipleChoiceField(
        label="Particulars without which a page is not certain",
        choices=Particular.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    due_at = forms.DateTimeField(
        label="Deadline, in that time zone",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = Agreement
        fields = (
            "due_at",
            "time_zone",
            "delivering_channels",
            "originals_wanted",
            "revocable_after_release",
            "required_particulars",
            "counsel_name",
            "counsel_for",
            "counsel_telephone",
            "counsel_email",
            "counsel_fax",
            "counsel_address",
        )
        widgets: ClassVar = {"counsel_address": forms.Textarea(attrs={"rows": 3})}


class ThresholdForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    clause = forms.CharField(label="Clause it comes from", max_length=120, required=False)
    base = forms.ChoiceField(label="Of what", choices=Threshold.Base.choices, required=False)
    percent = forms.DecimalField(
        label="Percent", min_value=0, max_value=100, max_digits=9, decimal_places=6, required=False
    )
    inclusive = forms.BooleanField(label="Exactly this much is enough", required=False)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("percent") is None and said.get("base") != Threshold.Base.EACH and "percent" not in self.errors:
            self.add_error("percent", "Say which percentage. Only “each affected holder” needs none.")
        return said


class AuthorityForm(forms.Form):
    """Under which authority a signature carries over. What is missing, the domain says."""

    authority = forms.ChoiceField(
        label="How it was given", choices=[("", "not said"), *Authority.choices], required=False
    )
    given_by = forms.CharField(label="By whom, or by which clause", max_length=300, required=False)
    given_on = forms.DateField(
        label="On which day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    words = forms.CharField(label="In which words", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ("authority", "given_on", "file", "page", "given_by", "words")


class DecisionForm(AuthorityForm):
    """The same with what shows it: a file, or a page that was received."""

    file = forms.FileField(label="File that shows it", required=False, widget=forms.FileInput(attrs={"class": "field"}))
    page = forms.TypedChoiceField(label="Received page that shows it", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: object, pages: list[tuple[int, str]] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["page"].choices = [("", "none"), *(pages or [])]  # type: ignore[attr-defined]


class ClientLinkForm(forms.Form):
    """A link for a client who looks. Without the field for amounts where the person may not see them."""

    client = forms.CharField(label="For whom", max_length=200)
    until = forms.DateField(label="Works to the end of", widget=DAY)
    with_amounts = forms.BooleanField(label="Shows amounts", required=False)

    def __init__(self, *given: Any, show_amounts: bool, **named: Any) -> None:
        super().__init__(*given, **named)
        if not show_amounts:
            del self.fields["with_amounts"]


class PersonForm(forms.Form):
    """Somebody who is given a part in an agreement. Without the field for amounts where one does not see them."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    name = forms.CharField(label="Name", max_length=200, required=False, help_text="For a new account")
    role = forms.ChoiceField(
        label="Part", choices=[(value, label.capitalize()) for value, label in Role.choices], initial=Role.VIEWER
    )
    may_see_amounts = forms.BooleanField(label="Sees amounts", required=False)

    def __init__(self, *given: Any, show_amounts: bool, **named: Any) -> None:
        super().__init__(*given, **named)
        if not show_amounts:
            del self.fields["may_see_amounts"]
