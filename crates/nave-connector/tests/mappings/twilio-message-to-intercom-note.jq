# from: twilio_api_v2010.json FetchMessage answer
# to: intercom-2.14.yaml createNote
{
  contact_id: 4711,
  admin_id: "123456",
  body: (
    (if .direction == "inbound" then "SMS from \(.from // "unknown")" else "SMS to \(.to // "unknown")" end)
    + ": " + (.body // "")
    + (if .error_code then " (failed: \(.error_message // "no reason"), \(.error_code))" else "" end)
  )
}
