# from: xero_accounting.yaml getInvoices answer
# to: google_sheet_v4.yaml sheets.spreadsheets.values.append
{
  spreadsheetId: "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms",
  path_range: "Debtors!A1",
  valueInputOption: "RAW",
  insertDataOption: "OVERWRITE",
  responseDateTimeRenderOption: "FORMATTED_STRING",
  majorDimension: "ROWS",
  values: (
    (.Invoices // []) | map(select(.Type == "ACCREC" and .Status == "AUTHORISED"))
    | group_by(.Contact.Name) | map([(.[0].Contact.Name // "unknown"), length, (map(.AmountDue // 0) | add)])
  )
}
