# from: github-enterprise-3.18.json issues/get answer
# to: asana.yaml createTask
{
  data: {
    name: "#\(.number) \(.title)",
    notes: (.body // ""),
    completed: (.state == "closed"),
    due_on: (if .milestone and .milestone.due_on then .milestone.due_on | date_only else null end),
    assignee: (if .assignee then .assignee.email else null end),
    tags: [.labels[] | if type == "string" then . else .name // "unnamed" end],
    followers: [(.assignees // [])[] | .login],
    resource_subtype: "default_task",
    approval_status: (if .state_reason == "completed" then "approved" elif .state_reason == "not_planned" then "rejected" else "pending" end),
    external: {gid: "github-\(.id)", data: .html_url},
    projects: ["1200000000000002"],
    workspace: "1200000000000001"
  }
}
