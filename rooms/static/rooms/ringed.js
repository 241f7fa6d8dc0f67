// Who has a ring just now: person id → `{person, room_id, title}`. `rings.js` keeps it; faces look it up.

export const ringed = new Map();
