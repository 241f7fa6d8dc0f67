"""People and follows for staff. Changes go through the same services as everywhere else."""

from typing import Any, cast

# allauth registers admins of its own: they must be there before ours can take their place.
import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.forms import CharField, ChoiceField, Form, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import queries
from accounts.models import (
    Block,
    Delivery,
    DeviceToken,
    Follow,
    Hosting,
    Notification,
    Post,
    PushDevice,
    Restriction,
    SiteSwitches,
    User,
)
from accounts.services import hosting, posts, staff, suspension, switches
from spaces_site.boundary.staff_pages import FirstRows, ReadOnly
from spaces_site.errors import DomainError

# Signing in to the admin goes through allauth: its rate limits, its second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = _("Spaces staff")
admin.site.index_title = _("What staff look after")


#: What staff switched off, and until when: moderation decides, nobody types it in.
RESTRICTIONS = tuple(restriction.column for restriction in Restriction)


class HostingForm(Form):
    """Staff's decision about several people's hosting, with its reason."""

    decision = ChoiceField(label=_("Hosting"), choices=Hosting.choices)
    note = CharField(label=_("Reason"), max_length=300, required=False)


class BlockInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """For staff who look into a report, and never told to the blocked one; the newest."""

    model = Block
    formset = FirstRows
    other = ""
    fields = readonly_fields = ("whom", "since")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Block]":
        return super().get_queryset(request).select_related(self.other).order_by("-pk")

    @admin.display(description=_("person"))
    def whom(self, block: Block) -> str:
        return str(getattr(block, self.other))

    @admin.display(description=_("since"))
    def since(self, block: Block) -> str:
        return localize(timezone.localtime(block.created_at))


class BlockingInline(BlockInline):
    """Whom the person blocked."""

    fk_name, other = "blocker", "blocked"
    verbose_name_plural = _("blocked by this person")


class BlockedInline(BlockInline):
    """Who blocked the person."""

    fk_name, other = "blocked", "blocker"
    verbose_name_plural = _("who blocked this person")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """People: found by name, given or refused hosting. Counts, secrets and measures are not edited here."""

    list_display = ("handle", "display_name", "email", "follower_count", "hosting", "is_active", "is_staff", "is_guest")
    list_filter = ("is_active", "is_staff", "is_guest", "hosting", "is_verified")
    search_fields = ("handle", "display_name", "email", "emailaddress__email")
    ordering = ("-created_at",)
    actions = ("decide_hosting", "sign_out")
    fields = (
        "handle", "display_name", "email", "bio", "is_verified", "language", "time_zone",
        "follower_count", "following_count", "hosting", "hosting_note", "two_factors", "is_active", "is_guest",
        *RESTRICTIONS, "is_staff", "is_superuser", "groups", "last_login", "created_at",
    )  # fmt: skip
    readonly_fields = (
        "email", "follower_count", "following_count", "hosting", "hosting_note", "two_factors", "is_active", "is_guest",
        *RESTRICTIONS, "last_login", "created_at",
    )  # fmt: skip
    filter_horizontal = ("groups",)
    inlines = (BlockingInline, BlockedInline)

    @admin.display(description=_("two factors"), boolean=True)
    def two_factors(self, person: User) -> bool:
        return queries.has_two_factors(person)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Not by the hash of a password, as in Django's own: it would be read letter by letter."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Accounts are made by signing up."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Suspend instead: deleting would take other people's rooms and counts along."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only administrators make staff."""
        ours = super().get_readonly_fields(request, obj)
        return ours if request.user.is_superuser else (*ours, "is_staff", "is_superuser", "groups")

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        """Only what was edited: a count that moved meanwhile stays."""
        columns = [name for name in form.changed_data if name != "groups"]
        after = {name: str(form.cleaned_data[name]) for name in form.changed_data if name != "groups"}
        if "groups" in form.changed_data:
            after["groups"] = ", ".join(group.name for group in form.cleaned_data["groups"])
        before = {name: str(form.initial.get(name, "")) for name in columns}
        with transaction.atomic():
            if columns:
                obj.save(update_fields=columns)
            if after:
                editor = cast("User", request.user)
                staff.tell_act(actor=editor, act="person.edited", person=obj, before=before, after=after)

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End the chosen people's sessions and apps, with their sockets and their sound."""
        self._each(request, queryset, suspension.sign_out, gettext("Signed out"))

    @admin.action(description=_("Grant or withdraw hosting…"), permissions=["change"])
    def decide_hosting(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Ask for the decision and its reason, then carry it out."""
        form = HostingForm(request.POST if "decision" in request.POST else None)
        if form.is_bound and form.is_valid():
            decision, note = Hosting(form.cleaned_data["decision"]), form.cleaned_data["note"]
            said = f"{gettext('Hosting')}: {decision.label}. {note}"
            self._each(request, queryset, hosting.decide_hosting, said, decision=decision, note=note)
            return None
        context = {**self.admin_site.each_context(request), "form": form, "people": queryset, "opts": self.opts}
        return render(request, "admin/accounts/decide_hosting.html", context)

    def _each(self, request: HttpRequest, people: QuerySet[User], service: Any, said: str, **more: Any) -> None:
        """One service call a person, written into the admin's log; refusals are told by name."""
        for person in people:
            try:
                changed = service(actor=request.user, person=person, **more)
            except DomainError as refusal:
                self.message_user(request, f"{person}: {refusal.text}", messages.ERROR)
                continue
            if changed:
                self._log(request, person, said)
                self.message_user(request, f"{person}: {said}", messages.SUCCESS)

    def _log(self, request: HttpRequest, person: User, said: str) -> None:
        staff = request.user.pk
        assert staff is not None
        LogEntry.objects.log_actions(staff, [person], CHANGE, change_message=said, single_object=True)


@admin.register(Follow)
class FollowAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who follows whom."""

    list_display = ("follower", "followee", "created_at")
    search_fields = ("follower__handle", "followee__handle")
    list_select_related = ("follower", "followee")
    ordering = ("-pk",)


@admin.register(DeviceToken)
class DeviceTokenAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Apps that are signed in, without their secrets."""

    list_display = ("person", "name", "created_at", "last_seen_at")
    fields = ("person", "name", "created_at", "last_seen_at")
    search_fields = ("person__handle", "name")
    list_select_related = ("person",)
    ordering = ("-last_seen_at",)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Not by the hash of a secret, which the list would tell letter by letter."""
        return not lookup.startswith("token_hash") and super().lookup_allowed(lookup, value, request)


class WhyForm(Form):
    """Why something is taken away from somebody."""

    why = CharField(label=_("Reason"), max_length=300, help_text=_("For the audit log."))


@admin.register(Post)
class PostAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Posts and replies: staff read what everybody can read, and delete with a reason. Messages are in no admin."""

    list_display = ("text_or_room", "author", "reply_to", "like_count", "reply_count", "created_at")
    fields = ("author", "text", "room_id", "reply_to", "like_count", "reply_count", "created_at")
    search_fields = ("text", "author__handle")
    list_select_related = ("author", "reply_to")
    ordering = ("-created_at",)
    actions = ("delete_posts",)

    @admin.display(description=_("text"))
    def text_or_room(self, post: Post) -> str:
        return post.text[:120] or str(post.room_id)

    def has_delete_action_permission(self, request: HttpRequest) -> bool:
        """By the action alone, which asks for a reason: nothing is deleted without a trace."""
        return request.user.has_perm("accounts.delete_post")

    @admin.action(description=_("Delete with a reason…"), permissions=["delete_action"])
    def delete_posts(self, request: HttpRequest, queryset: QuerySet[Post]) -> HttpResponse | None:
        """Ask for the reason, then delete each, with its replies."""
        form = WhyForm(request.POST if "why" in request.POST else None)
        if not form.is_valid():
            context = {**self.admin_site.each_context(request), "form": form, "posts": queryset, "opts": self.opts}
            return render(request, "admin/accounts/delete_posts.html", context)
        for post in queryset:
            try:
                posts.delete_as_staff(actor=cast("User", request.user), post_id=post.pk, why=form.cleaned_data["why"])
            except DomainError as refusal:
                self.message_user(request, f"{post}: {refusal.text}", messages.ERROR)
            else:
                self.message_user(request, f"{post}: {gettext('Deleted.')}", messages.SUCCESS)
        return None


class AuditedGroupAdmin(GroupAdmin):
    """What groups of staff may do: a change of that is an act as well."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._tell(request, f"+ {obj}")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._tell(request, str(obj), permissions=sorted(obj.permissions.values_list("codename", flat=True)))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for group in queryset:
            self._tell(request, f"- {group}")
        return super().log_deletions(request, queryset)

    def _tell(self, request: HttpRequest, name: str, **more: Any) -> None:
        staff.tell_act(actor=cast("User", request.user), act="group.edited", after={"group": name, **more})


admin.site.unregister(Group)
admin.site.register(Group, AuditedGroupAdmin)

# Factors would show their secret here, and sessions the key that lets staff be that person.
admin.site.unregister([EmailAddress, Authenticator, UserSession])


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Addresses: whoever could change one here could take the account over by a new password."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("verified",)
    search_fields = ("email", "user__handle")
    list_select_related = ("user",)
    ordering = ("-pk",)


@admin.register(Notification)
class NotificationAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """That somebody was told, and of what kind: neither the words that others wrote to them nor who wrote."""

    list_display = ("person", "kind", "wording", "made_at", "is_listed", "read_at")
    list_filter = ("kind", "is_listed")
    search_fields = ("person__handle",)
    list_select_related = ("person",)
    fields = list_display
    ordering = ("-made_at", "-id")
    show_full_result_count = False


@admin.register(PushDevice)
class PushDeviceAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who is pushed to by what; the token alone would let others push there."""

    list_display = ("person", "platform", "registered_at")
    list_filter = ("platform",)
    search_fields = ("person__handle",)
    list_select_related = ("person",)
    fields = list_display
    ordering = ("-registered_at", "-id")
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Mails and pushes on their way, sent, or given up and why."""

    list_display = ("person", "wording", "channel", "due_at", "sent_at", "attempts", "given_up")
    list_filter = ("channel", "given_up", "notification__kind")
    search_fields = ("notification__person__handle",)
    list_select_related = ("notification__person",)
    fields = list_display
    ordering = ("-pk",)
    show_full_result_count = False

    @admin.display(description=_("person"))
    def person(self, delivery: Delivery) -> User:
        return delivery.notification.person

    @admin.display(description=_("wording"))
    def wording(self, delivery: Delivery) -> str:
        return delivery.notification.wording


class SwitchesForm(ModelForm):  # type: ignore[type-arg]
    """The two switches, and why they are turned."""

    why = CharField(label=_("Reason"), max_length=300, help_text=_("For the audit log."))

    class Meta:
        model = SiteSwitches
        fields = ("no_new_rooms", "read_only")


@admin.register(SiteSwitches)
class SiteSwitchesAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one row: turned with a reason, never added or deleted."""

    form = SwitchesForm
    list_display = ("__str__", "no_new_rooms", "read_only")
    fields = ("no_new_rooms", "read_only", "why")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SiteSwitches]":
        switches.switches_row()
        return super().get_queryset(request)

    def save_model(
        self, request: HttpRequest, obj: SiteSwitches, form: "ModelForm[SiteSwitches]", change: bool
    ) -> None:
        """By the service, which writes it down."""
        switches.set_switches(
            actor=cast("User", request.user),
            no_new_rooms=obj.no_new_rooms,
            read_only=obj.read_only,
            why=form.cleaned_data["why"],
        )
