"""Paths of this app's pages."""

from django.urls import path

from rooms.views import invitations, outside, pages, passes, reminders, room, sharing

urlpatterns = [
    path("", pages.home, name="home"),
    path("upcoming/", pages.upcoming, name="upcoming"),
    path("search/", pages.search, name="search"),
    path("topics/<path:name>/", pages.topic, name="topic"),
    path("rooms/new/", pages.create_room, name="create_room"),
    path("rooms/<uuid:room_id>/", room.room_page, name="room_page"),
    path("rooms/<uuid:room_id>/card/", pages.room_card, name="room_card"),
    path("rooms/<uuid:room_id>/listen/", room.listen, name="room_listen"),
    path("rooms/<uuid:room_id>/knock/", room.knock, name="room_knock"),
    path("rooms/<uuid:room_id>/leave/", room.leave, name="room_leave"),
    path("rooms/<uuid:room_id>/end/", room.end, name="room_end"),
    path("rooms/<uuid:room_id>/start/", room.start, name="room_start"),
    path("rooms/<uuid:room_id>/cancel/", room.cancel, name="room_cancel"),
    path("rooms/<uuid:room_id>/settings/", room.change_settings, name="room_settings"),
    path("rooms/<uuid:room_id>/remind/", reminders.remind, name="room_remind"),
    path("rooms/<uuid:room_id>/forget/", reminders.forget, name="room_forget"),
    path("rooms/<uuid:room_id>/calendar.ics", reminders.room_calendar, name="room_calendar"),
    path("rooms/<uuid:room_id>/schedule/", room.reschedule, name="room_reschedule"),
    path("rooms/<uuid:room_id>/share/", sharing.share, name="room_share"),
    path("rooms/<uuid:room_id>/qr.svg", sharing.qr_code, {"kind": "svg"}, name="room_qr"),
    path("rooms/<uuid:room_id>/qr.png", sharing.qr_code, {"kind": "png"}, name="room_qr_png"),
    path("embed/rooms/<uuid:room_id>/", outside.embed, name="room_embed"),
    path("cards/rooms/<uuid:room_id>/<slug:version>.png", outside.card, name="room_link_card"),
    path("oembed.json", outside.oembed, name="oembed"),
    path("reminders/", reminders.own_reminders, name="reminders"),
    path("settings/calendar/", reminders.own_calendar, name="own-calendar"),
    path("calendars/<str:token>/spaces.ics", reminders.feed, name="calendar-feed"),
    path("rooms/<uuid:room_id>/guest-list/", passes.add_guest, name="guest_list_add"),
    path("rooms/<uuid:room_id>/guest-list/<uuid:person_id>/", passes.take_off, name="guest_list_take_off"),
    path("invitations/", invitations.own_invitations, name="invitations"),
    path("rooms/<uuid:room_id>/invitations/<uuid:invitation_id>/accept/", invitations.accept, name="invitation_accept"),
    path(
        "rooms/<uuid:room_id>/invitations/<uuid:invitation_id>/decline/",
        invitations.decline,
        name="invitation_decline",
    ),
    path("@<str:handle>/rooms/", pages.rooms_of_person, name="rooms_of_person"),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("language/", pages.choose_language, name="choose_language"),
]
