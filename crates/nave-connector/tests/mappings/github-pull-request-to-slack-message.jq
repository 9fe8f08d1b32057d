# from: github-enterprise-3.18.json pulls/get answer
# to: slack.yaml chat_postMessage
{
  channel: (if .draft then "C0DRAFTS" else "C0REVIEWS" end),
  text: "<\(.html_url)|#\(.number) \(.title)> by \(.user.login): +\(.additions) -\(.deletions) in \(.changed_files) files",
  username: .user.login,
  icon_url: .user.avatar_url,
  icon_emoji: {open: ":eyes:", closed: ":lock:"}[.state],
  link_names: (.author_association == "MEMBER" or .author_association == "OWNER"),
  reply_broadcast: .merged,
  attachments: ([.labels[] | {text: .name, color: "#\(.color)"}] | tojson),
  unfurl_links: false
}
