# from: stripe.yaml GetPayoutsPayout answer
# to: google_sheet_v4.yaml sheets.spreadsheets.values.append
{
  spreadsheetId: "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms",
  path_range: "Payouts!A1",
  valueInputOption: "USER_ENTERED",
  insertDataOption: "INSERT_ROWS",
  majorDimension: "ROWS",
  values: [[
    .id,
    .amount / 100,
    (.currency | ascii_upcase),
    (.arrival_date | date_only("UTC")),
    .status,
    .type,
    (.failure_message // "")
  ]]
}
