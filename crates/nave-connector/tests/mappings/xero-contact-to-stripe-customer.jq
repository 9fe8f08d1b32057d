# from: xero_accounting.yaml getContact answer
# to: stripe.yaml PostCustomers
.Contacts[0] | {
  name: (.Name // "Unknown" | .[:256]),
  email: (.EmailAddress // "" | .[:512]),
  phone: (first((.Phones // [])[] | select(.PhoneType == "DEFAULT") | .PhoneNumber // "") // "" | .[:20]),
  description: "Xero \(.ContactNumber // .ContactID // "contact")",
  tax_exempt: (if .TaxNumber then "reverse" else "none" end),
  balance: ((.Balances.AccountsReceivable.Outstanding // 0) * 100 | round),
  metadata: {xero_status: (.ContactStatus // "ACTIVE"), currency: (.DefaultCurrency // "EUR")},
  address: ((.Addresses // [])[0] | {
    line1: (.AddressLine1 // ""), city: (.City // ""), postal_code: (.PostalCode // ""), country: (.Country // "")
  })
}
