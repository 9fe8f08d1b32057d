# from: twilio_api_v2010.json FetchCall answer
# to: intercom-2.14.yaml createDataEvent
{
  event_name: (if .status == "completed" then "call-completed" elif .status == "busy" or .status == "no-answer" then "call-missed" else "call-other" end),
  created_at: 1790000000,
  user_id: (.from // "anonymous"),
  metadata: {
    sid: (.sid // ""),
    seconds: (.duration // "0"),
    cost: "\(.price // "0") \(.price_unit // "USD")",
    answered_by: (.answered_by // "nobody")
  }
}
