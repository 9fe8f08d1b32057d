# from: stripe.yaml GetCustomers answer
# to: google_sheet_v4.yaml sheets.spreadsheets.values.update
{
  spreadsheetId: "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms",
  path_range: "Customers!A1",
  valueInputOption: "RAW",
  responseValueRenderOption: "UNFORMATTED_VALUE",
  includeValuesInResponse: .has_more,
  majorDimension: "ROWS",
  values: ([["id", "name", "email", "since"]] + (.data | map([.id, (.name // ""), (.email // ""), (.created | date_only("UTC"))])))
}
