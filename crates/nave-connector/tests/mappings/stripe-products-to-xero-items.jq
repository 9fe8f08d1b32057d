# from: stripe.yaml GetProducts answer
# to: xero_accounting.yaml createItems
{
  "xero-tenant-id": "45e4708e-d862-4111-ab3a-dd8cd03913e1",
  summarizeErrors: false,
  Items: [.data[] | select(.active) | {
    Code: .id[:30],
    Name: .name[:50],
    IsSold: true,
    IsPurchased: false,
    Description: (.description // .name | .[:4000]),
    SalesDetails: {
      UnitPrice: (.default_price | if type == "object" then (.unit_amount // 0) / 100 else 0 end),
      AccountCode: "200"
    }
  }]
}
