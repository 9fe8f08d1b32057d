# from: docusign-esignature-swagger2.json Envelopes_GetEnvelope answer
# to: intercom-2.14.yaml createDataEvent
{
  event_name: "envelope-\(.status // "created")",
  created_at: (if .completedDateTime then .completedDateTime | fromdate else 1790000000 end),
  user_id: (.customFields.textCustomFields[0].value // "unknown"),
  metadata: {
    envelope: (.envelopeId // ""),
    subject: (.emailSubject // ""),
    signers: ([(.recipients.signers // [])[] | .email // empty] | unique | join(";"))
  }
}
