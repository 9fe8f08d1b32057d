# from: stripe.yaml GetCharges answer
# to: xero_accounting.yaml createPayments
{
  "xero-tenant-id": "45e4708e-d862-4111-ab3a-dd8cd03913e1",
  Payments: [.data[] | select(.paid and (.refunded | not)) | {
    Invoice: {InvoiceNumber: (.receipt_number // .id | .[:255])},
    Account: {Code: "090"},
    Date: (.created | date_only("UTC")),
    Amount: (.amount_captured / 100),
    Reference: .id,
    Status: (if .captured then "AUTHORISED" else "DELETED" end),
    IsReconciled: .disputed
  }]
}
