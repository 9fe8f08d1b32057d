# from: google_calendar_v3.yaml calendar.events.get answer
# to: asana.yaml createTask
{
  data: {
    name: (.summary // "Meeting"),
    notes: "\(.description // "")\nWhere: \(.location // "online")",
    due_on: (.end.date // (if .end.dateTime then .end.dateTime | date_only else null end)),
    start_on: .start.date,
    completed: (.status == "cancelled"),
    followers: [(.attendees // [])[] | select(.optional | not) | .email // empty],
    external: {gid: (.iCalUID // .id // ""), data: (.htmlLink // "")},
    resource_subtype: (if .recurrence then "milestone" else "default_task" end),
    assignee: .organizer.email,
    workspace: "1200000000000001"
  }
}
