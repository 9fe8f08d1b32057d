# from: paypal-billing_subscriptions_v1.json subscriptions.get answer
# to: intercom-2.14.yaml createOrUpdateCompany
{
  company_id: (.subscriber.payer_id // .id // "unknown"),
  name: (.subscriber.name.full_name // .subscriber.email_address // "Unknown"),
  plan: (.plan_id // "free"),
  size: (.quantity // "1" | tonumber | floor),
  monthly_spend: (.billing_info.last_payment.amount.value // "0" | tonumber | round),
  remote_created_at: (if .start_time then .start_time | fromdate else 0 end),
  custom_attributes: {
    paypal_status: (.status // "APPROVAL_PENDING"),
    failed_payments: (.billing_info.failed_payments_count // 0 | tostring),
    country: (.subscriber.shipping_address.address.country_code // "US")
  }
}
