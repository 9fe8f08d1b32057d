# from: asana.yaml getTask answer
# to: google_calendar_v3.yaml calendar.events.insert
.data as $task | {
  calendarId: "team@example.com",
  sendUpdates: "externalOnly",
  maxAttendees: 20,
  summary: ($task.name // "Untitled task"),
  description: "\($task.notes // "")\n\($task.permalink_url // "")",
  start: {date: ($task.start_on // $task.due_on // "2026-01-01")},
  end: {date: ($task.due_on // "2026-01-01")},
  attendees: [($task.followers // [])[] | {displayName: (.name // ""), email: "\(.gid // "0")@asana.example.com", optional: true}],
  status: (if $task.completed then "cancelled" else "tentative" end),
  transparency: (if $task.resource_subtype == "milestone" then "transparent" else "opaque" end),
  extendedProperties: {private: {asana: ($task.gid // ""), project: ($task.projects[0].name // "none")}}
}
