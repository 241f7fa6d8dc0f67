"""What is typed into posts and messages. How long it may be is the service's to say: it counts what is kept."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import MESSAGE_MOST, POST_MOST
from accounts.services.wording import Draft


class DraftForm(forms.Form):
    """Words, and the room that they share, which comes along hidden with its token."""

    most: ClassVar[int]
    label: ClassVar[Any]

    text = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}))
    room = forms.UUIDField(required=False, widget=forms.HiddenInput)
    share = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = self.label
        self.fields["text"].widget.attrs["data-most"] = self.most

    def draft(self, *, host: str) -> Draft:
        """The valid fields as the services take them."""
        told = self.cleaned_data
        return Draft(text=told["text"], room_id=told["room"], host=host, share=told["share"])


class PostForm(DraftForm):
    """A post."""

    most = POST_MOST
    label = _("New post")


class ReplyForm(DraftForm):
    """A reply to a post."""

    most = POST_MOST
    label = _("Your reply")


class MessageForm(DraftForm):
    """A message."""

    most = MESSAGE_MOST
    label = _("Message")
