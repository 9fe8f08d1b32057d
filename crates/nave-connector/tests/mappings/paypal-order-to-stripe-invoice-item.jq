# from: paypal-checkout_orders_v2.json orders.get answer
# to: stripe.yaml PostInvoiceitems
(.purchase_units // [])[0] as $unit | {
  customer: "cus_NffrFeUfNV2Hib",
  currency: ($unit.amount.currency_code // "USD" | ascii_downcase),
  amount: ($unit.amount.value // "0" | tonumber * 100 | round),
  description: ($unit.description // $unit.invoice_id // "PayPal order"),
  discountable: false,
  tax_behavior: (if $unit.amount.breakdown.tax_total then "exclusive" else "unspecified" end),
  metadata: {
    paypal_order: (.id // ""),
    status: (if .status == "COMPLETED" then "paid" else "open" end),
    items: ([($unit.items // [])[] | "\(.quantity)x \(.name)"] | join(", "))
  }
}
