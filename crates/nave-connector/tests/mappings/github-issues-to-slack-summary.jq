# from: github-enterprise-3.18.json issues/list-for-repo answer
# to: slack.yaml chat_postMessage
{
  channel: "C0TRIAGE",
  text: (group_by(.state) | map("\(.[0].state): \(length)") | join(", ")),
  username: "Triage",
  link_names: any(.[]; .assignee == null),
  mrkdwn: true,
  attachments: (
    map(select(.comments > 10)) | sort_by(.created_at) | .[:5]
    | map({title: .title, title_link: .html_url, footer: (.user.login? // "ghost")}) | tojson
  )
}
