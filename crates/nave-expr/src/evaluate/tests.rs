//! Programs give what jq 1.8 gives, within their budgets.
