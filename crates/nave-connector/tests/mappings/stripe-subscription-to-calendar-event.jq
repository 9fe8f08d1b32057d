# from: stripe.yaml GetSubscriptionsSubscriptionExposedId answer
# to: google_calendar_v3.yaml calendar.events.insert
{
  calendarId: "billing@example.com",
  sendUpdates: "none",
  summary: "Renewal of \(.id)",
  description: "Status \(.status), \(.items.data | length) items, \(.collection_method)",
  start: {dateTime: (.current_period_end | todate), timeZone: "UTC"},
  end: {dateTime: (.current_period_end + 3600 | todate), timeZone: "UTC"},
  status: (if .cancel_at_period_end then "tentative" else "confirmed" end),
  reminders: {useDefault: false, overrides: [{method: "email", minutes: 1440}]},
  extendedProperties: {private: .metadata},
  source: {title: "Stripe", url: "https://dashboard.stripe.com/subscriptions/\(.id)"}
}
