# from: stripe.yaml GetInvoicesInvoice answer
# to: xero_accounting.yaml createInvoices
{
  "xero-tenant-id": "45e4708e-d862-4111-ab3a-dd8cd03913e1",
  Invoices: [{
    Type: "ACCREC",
    Contact: {
      Name: (.customer_name // .customer_email // "Unknown customer"),
      EmailAddress: (.customer_email // "")
    },
    LineItems: [.lines.data[] | {
      Description: (.description // "Item"),
      Quantity: (.quantity // 1),
      UnitAmount: (.amount / 100),
      AccountCode: "200",
      Taxability: "TAXABLE"
    }],
    Date: (.created | date_only("UTC")),
    DueDate: (.due_date // .created | date_only("UTC")),
    LineAmountTypes: "Exclusive",
    InvoiceNumber: (.number // "draft"),
    Reference: .collection_method,
    CurrencyCode: (if .currency == "eur" then "EUR" elif .currency == "gbp" then "GBP" else "USD" end),
    Status: {draft: "DRAFT", open: "AUTHORISED", paid: "AUTHORISED", uncollectible: "AUTHORISED", void: "VOIDED"}[.status // "draft"]
  }]
}
