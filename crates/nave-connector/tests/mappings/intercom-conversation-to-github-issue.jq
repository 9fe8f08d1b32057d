# from: intercom-2.14.yaml retrieveConversation answer
# to: github-enterprise-3.18.json issues/create
{
  owner: "acme",
  repo: "support",
  title: (.title // .source.subject // "Conversation without a subject"),
  body: "From \(.source.author.name // "someone") by \(.source.type // "conversation")\n\n\(.source.body // "")",
  labels: ([(.tags.tags // [])[] | .name // "untagged"] + ["intercom", (if .priority == "priority" then "urgent" else "normal" end)]),
  assignees: (if .admin_assignee_id then ["support-\(.admin_assignee_id)"] else [] end),
  milestone: (if .state == "snoozed" then 2 else 1 end),
  type: (if (.conversation_rating.rating // 5) < 3 then "Bug" else null end)
}
