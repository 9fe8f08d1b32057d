# from: intercom-2.14.yaml getTicket answer
# to: asana.yaml createTask
{
  data: {
    name: "\(.ticket_type.name // "Ticket") \(.ticket_id // "?")",
    notes: ([(.ticket_parts.ticket_parts // [])[] | .body // empty] | join("\n")),
    completed: (.ticket_state.category == "resolved"),
    assignee_status: (if .open then "today" else "later" end),
    approval_status: (
      {submitted: "pending", in_progress: "changes_requested", waiting_on_customer: "changes_requested", resolved: "approved"}
      [.ticket_state.category // "submitted"]
    ),
    due_on: (if .snoozed_until then .snoozed_until | date_only("Europe/Berlin") else null end),
    followers: ([(.contacts.contacts // [])[] | .external_id // "me"] | unique),
    projects: ["1200000000000002"],
    workspace: "1200000000000001"
  }
}
