"""The API's paths of this app, below /api/v1/."""

from django.urls import URLPattern, path

from rooms.api.views import people, rooms, sound, stage

urlpatterns: list[URLPattern] = [
    path("me/hosting/", people.Hosting.as_view(), name="api-hosting"),
    path("rooms/", rooms.Rooms.as_view(), name="api-rooms"),
    path("rooms/by/creator_ids/", rooms.RoomsByCreators.as_view(), name="api-rooms-by-creators"),
    path("rooms/search/", rooms.RoomSearch.as_view(), name="api-room-search"),
    path("rooms/live/", rooms.LiveRooms.as_view(), name="api-live-rooms"),
    path("rooms/<uuid:room_id>/", rooms.OneRoom.as_view(), name="api-room"),
    path("rooms/<uuid:room_id>/start/", rooms.StartRoom.as_view(), name="api-start"),
    path("rooms/<uuid:room_id>/end/", rooms.EndRoom.as_view(), name="api-end"),
    path("rooms/<uuid:room_id>/cancel/", rooms.CancelRoom.as_view(), name="api-cancel"),
    path("rooms/<uuid:room_id>/join/", people.Join.as_view(), name="api-join"),
    path("rooms/<uuid:room_id>/move-here/", people.MoveHere.as_view(), name="api-move-here"),
    path("rooms/<uuid:room_id>/leave/", people.Leave.as_view(), name="api-leave"),
    path("rooms/<uuid:room_id>/ticket/", people.SocketTicket.as_view(), name="api-ticket"),
    path("rooms/<uuid:room_id>/snapshot/", people.RoomSnapshot.as_view(), name="api-snapshot"),
    path("rooms/<uuid:room_id>/events/", people.Events.as_view(), name="api-events"),
    path("rooms/<uuid:room_id>/roster/", people.RoomRoster.as_view(), name="api-roster"),
    path("rooms/<uuid:room_id>/hand/", stage.OwnHand.as_view(), name="api-hand"),
    path("rooms/<uuid:room_id>/hands/", stage.Hands.as_view(), name="api-hands"),
    path("rooms/<uuid:room_id>/hands/open/", stage.HandsOpen.as_view(), name="api-hands-open"),
    path("rooms/<uuid:room_id>/hands/<uuid:hand_id>/accept/", stage.AcceptHand.as_view(), name="api-hand-accept"),
    path("rooms/<uuid:room_id>/hands/<uuid:hand_id>/refuse/", stage.RefuseHand.as_view(), name="api-hand-refuse"),
    path("rooms/<uuid:room_id>/invitations/", stage.Invitations.as_view(), name="api-invitations"),
    path("rooms/<uuid:room_id>/offer/accept/", stage.TakeOffer.as_view(), name="api-offer-accept"),
    path("rooms/<uuid:room_id>/offer/decline/", stage.DeclineOffer.as_view(), name="api-offer-decline"),
    path("rooms/<uuid:room_id>/step-down/", stage.StepDown.as_view(), name="api-step-down"),
    path("rooms/<uuid:room_id>/speakers/<uuid:participant_id>/", stage.Speaker.as_view(), name="api-speaker"),
    path("rooms/<uuid:room_id>/speakers/<uuid:participant_id>/mute/", stage.MuteSpeaker.as_view(), name="api-mute"),
    path("rooms/<uuid:room_id>/microphone/", stage.Microphone.as_view(), name="api-microphone"),
    path("rooms/<uuid:room_id>/reactions/", stage.Reactions.as_view(), name="api-reactions"),
    path("rooms/<uuid:room_id>/media-grant/", sound.MediaGrant.as_view(), name="api-media-grant"),
    path("rooms/<uuid:room_id>/whip/", sound.Whip.as_view(), name="api-whip"),
    path("rooms/<uuid:room_id>/whip/<uuid:participant_id>/", sound.WhipSession.as_view(), name="api-whip-session"),
]
