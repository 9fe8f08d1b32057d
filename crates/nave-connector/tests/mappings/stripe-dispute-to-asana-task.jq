# from: stripe.yaml GetDisputesDispute answer
# to: asana.yaml createTask
{
  data: {
    name: "Dispute \(.id): \(.reason)",
    notes: "Amount: \(.amount / 100) \(.currency | ascii_upcase)\nStatus: \(.status)",
    due_on: (if .evidence_details.due_by then .evidence_details.due_by | date_only("UTC") else null end),
    resource_subtype: (if .status == "needs_response" or .status == "warning_needs_response" then "approval" else "default_task" end),
    completed: (.status == "won" or .status == "lost" or .status == "charge_refunded"),
    assignee_status: "today",
    workspace: "1200000000000001",
    projects: ["1200000000000002"],
    tags: [.reason],
    external: {gid: .id, data: (.charge | if type == "string" then . else .id end)}
  }
}
