# from: asana.yaml getTask answer
# to: github-enterprise-3.18.json issues/create
.data | {
  owner: "acme",
  repo: "product",
  title: (.name // "Untitled task"),
  body: "\(.notes // "")\n\nLikes: \(.num_likes // 0), subtasks: \(.num_subtasks // 0)",
  labels: ([(.tags // [])[] | .name // "tag"] + [.resource_subtype // "default_task", .approval_status // "pending"]),
  assignees: (if .assignee.name then [.assignee.name | slug] else [] end),
  milestone: null,
  type: (if .resource_subtype == "approval" then "Task" else "Feature" end)
}
