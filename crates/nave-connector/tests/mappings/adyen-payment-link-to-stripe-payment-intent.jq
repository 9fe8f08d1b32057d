# from: adyen-checkout-72.json get-paymentLinks-linkId answer
# to: stripe.yaml PostPaymentIntents
{
  amount: .amount.value,
  currency: (.amount.currency | ascii_downcase),
  capture_method: (if .manualCapture then "manual" else "automatic" end),
  confirmation_method: "automatic",
  description: (.description // .reference | .[:1000]),
  receipt_email: (.shopperEmail // "unknown@example.com"),
  setup_future_usage: (if .recurringProcessingModel == "CardOnFile" then "on_session" else "off_session" end),
  metadata: {adyen_link: .id, status: .status, merchant: .merchantAccount},
  payment_method_types: [(.allowedPaymentMethods // ["card"])[] | ascii_downcase],
  statement_descriptor: .reference[:22]
}
