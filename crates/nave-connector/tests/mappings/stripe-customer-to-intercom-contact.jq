# from: stripe.yaml GetCustomersCustomer answer
# to: intercom-2.14.yaml CreateContact
{
  role: "user",
  external_id: .id,
  email: (.email // "unknown@example.com"),
  phone: .phone,
  name: (.name // .description),
  signed_up_at: .created,
  unsubscribed_from_emails: .delinquent,
  custom_attributes: {
    stripe_currency: (.currency // "eur" | ascii_upcase),
    stripe_livemode: (.livemode // false | tostring),
    city: (.address.city // "unknown")
  }
}
