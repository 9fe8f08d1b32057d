# from: xero_accounting.yaml getInvoice answer
# to: paypal-invoicing_v2.json invoices.create
.Invoices[0] as $invoice | {
  detail: {
    currency_code: ($invoice.CurrencyCode // "USD"),
    reference: ($invoice.Reference // "" | .[:120]),
    invoice_number: ($invoice.InvoiceNumber // "none" | .[:127]),
    note: "Thank you for your business.",
    payment_term: {term_type: (if $invoice.DueDate then "NET_30" else "DUE_ON_RECEIPT" end)}
  },
  primary_recipients: [{
    billing_info: {
      business_name: ($invoice.Contact.Name // "Customer" | .[:300]),
      name: {given_name: ($invoice.Contact.FirstName // "" | .[:140]), surname: ($invoice.Contact.LastName // "" | .[:140])},
      email_address: ($invoice.Contact.EmailAddress // "billing@example.com")
    }
  }],
  items: [($invoice.LineItems // [])[:100][] | {
    name: (.ItemCode // "Item" | .[:200]),
    description: (.Description // "" | .[:1000]),
    quantity: (.Quantity // 1 | tostring | .[:14]),
    unit_amount: {currency_code: ($invoice.CurrencyCode // "USD"), value: (.UnitAmount // 0 | tostring | .[:32])},
    unit_of_measure: "QUANTITY"
  }]
}
