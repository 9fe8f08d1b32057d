# from: docusign-esignature-swagger2.json Envelopes_GetEnvelope answer
# to: notion.json post-page
{
  parent: {page_id: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
  properties: {
    title: [{text: {content: (.emailSubject // "Envelope \(.envelopeId // "?")")}}]
  },
  children: (
    [(.recipients.signers // [])[] | "\(.routingOrder // "1"). \(.name // "?") <\(.email // "?")>: \(.status // "created")"]
    + ["Status: \(.status // "created"), sent \(.sentDateTime // "never")"]
  ),
  icon: ({emoji: (if .status == "completed" then "✅" elif .status == "voided" then "🚫" else "✍️" end)} | tojson)
}
