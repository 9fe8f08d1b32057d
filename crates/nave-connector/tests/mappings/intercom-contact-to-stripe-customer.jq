# from: intercom-2.14.yaml ShowContact answer
# to: stripe.yaml PostCustomers
{
  name: (.name // .email // "Unknown" | .[:256]),
  email: (.email // "unknown@example.com" | .[:512]),
  phone: (.phone // "" | .[:20]),
  description: "Intercom contact since \(.created_at // 0 | todate)",
  metadata: {intercom_id: (.id // ""), owner: (.owner_id // 0 | tostring)},
  preferred_locales: [.language_override // "en"],
  tax_exempt: (if .role == "lead" then "none" else "exempt" end),
  address: {
    city: (.location.city // ""),
    country: (.location.country // ""),
    state: (.location.region // "")
  }
}
