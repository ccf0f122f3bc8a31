"""A person's own password: changed, forgotten, and chosen by the link in a letter."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods

from signatures.domain import account_letters
from signatures.domain.packets import sending
from signatures.forms import ForgottenForm, place_of

ON_ITS_WAY = (
    "If there is an account with this address, a letter with a link is on its way to it. Nothing after a few minutes? "
    "Look among unwanted mail, then ask who added you to the agreement."
)


@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a letter with a link. The answer is the same whether there is such an account or not."""
    form = ForgottenForm(request.POST or None, place=place_of(request))
    if request.method == "POST" and form.is_valid():
        account_letters.queue_new_password(form.cleaned_data["email"])
        messages.info(request, ON_ITS_WAY)
        return redirect("sign_in")
    context = {"form": form, "is_set_up": sending.is_set_up()}
    return render(request, "registration/forgotten.html", context, status=422 if form.errors else 200)


class Choose(auth_views.PasswordResetConfirmView):
    """Choose a password by the link in a letter, and be signed in with it."""

    template_name = "registration/choose_password.html"
    post_reset_login = True
    success_url = reverse_lazy("agreements")


class Change(auth_views.PasswordChangeView):
    """Change one's own password, which signs out everywhere else."""

    template_name = "registration/change_password.html"
    success_url = reverse_lazy("agreements")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Your password is changed. Everywhere else you are signed out.")
        return super().form_valid(form)


choose = Choose.as_view()
change = Change.as_view()
