# from: stripe.yaml GetRefundsRefund answer
# to: twilio_api_v2010.json CreateMessage
{
  AccountSid: "AC0123456789abcdef0123456789abcdef",
  To: (.metadata.phone // "+15005550006"),
  From: "+15005550001",
  Body: "Your refund of \(.amount / 100) \(.currency | ascii_upcase) is \(.status // "on its way").",
  MaxPrice: 0.05,
  ContentRetention: (if .reason == "fraudulent" then "discard" else "retain" end),
  AddressRetention: "retain",
  ValidityPeriod: 3600,
  SmartEncoded: true
}
