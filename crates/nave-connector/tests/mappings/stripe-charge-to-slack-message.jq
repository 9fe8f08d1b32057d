# from: stripe.yaml GetChargesCharge answer
# to: slack.yaml chat_postMessage
{
  channel: (if .status == "failed" then "C0FAILURES" elif .disputed then "C0DISPUTES" else "C0PAYMENTS" end),
  text: "\(.billing_details.name // "Someone") paid \(.amount / 100) \(.currency | ascii_upcase): \(.status)",
  username: "Payments",
  icon_emoji: {succeeded: ":white_check_mark:", pending: ":hourglass:", failed: ":x:"}[.status],
  unfurl_links: (.receipt_url != null),
  mrkdwn: true,
  attachments: ([{title: .id, text: (.description // ""), ts: .created}] | tojson)
}
