// Makes deliveries.json: deliveries of our own, signed by the vendors' published SDKs, or signed by Node's
// own cryptography and accepted by the SDK where it only verifies. `cargo xtask signatures` installs the
// SDKs and runs this; the tests replay the file. Usage: node make.mjs FOLDER_WITH_NODE_MODULES OUT.json
import crypto from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [home, out] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(home), "package.json"));
const SECONDS = 1790000000;
const MILLIS = SECONDS * 1000;
const BODIES = [
  '{"id":"evt_1","type":"deal.won","amount":1200.50,"name":"Café Zürich 🚲"}',
  '[{"eventId":1,"subscriptionType":"deal.creation"},{"eventId":2,"subscriptionType":"deal.deletion"}]',
  "{}",
];
const hmac = (algorithm, secret, text, encoding) =>
  crypto.createHmac(algorithm, secret).update(text, "utf8").digest(encoding);
const version = (name) => {
  let folder = path.dirname(require.resolve(name));
  for (;;) {
    const file = path.join(folder, "package.json");
    if (fs.existsSync(file)) {
      const found = JSON.parse(fs.readFileSync(file, "utf8"));
      if (found.name === name) return `${name} ${found.version}`;
    }
    folder = path.dirname(folder);
  }
};
const deliveries = [];
const add = (kind, by, secret, headers, body, more = {}) =>
  deliveries.push({ kind, by, secret, method: "POST", url: "https://hub.example/webhooks/acme", headers, body, now_ms: MILLIS, ...more });
const accepted = (yes, what) => {
  if (!yes) throw new Error(`${what}: the SDK does not accept it`);
};

{
  const { Webhook } = require("standardwebhooks");
  const secret = "whsec_" + Buffer.from("a secret of twenty-four b").toString("base64");
  const svix = require("svix").Webhook;
  for (const [index, body] of BODIES.entries()) {
    const id = `msg_${index}`;
    const at = new Date(MILLIS);
    const signature = new Webhook(secret).sign(id, at, body);
    add("standard_webhooks", version("standardwebhooks"), secret, { "webhook-id": id, "webhook-timestamp": `${SECONDS}`, "webhook-signature": signature }, body);
    add("standard_webhooks", version("svix"), secret, { "svix-id": id, "svix-timestamp": `${SECONDS}`, "svix-signature": `v1,bm9wZQ== ${new svix(secret).sign(id, at, body)}` }, body);
  }
}
{
  const Stripe = require("stripe");
  const stripe = new (Stripe.default ?? Stripe)("sk_test_unused");
  for (const body of BODIES) {
    const secret = "whsec_test_of_stripe";
    const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: SECONDS });
    add("stripe", version("stripe"), secret, { "Stripe-Signature": header }, body);
    add("stripe", version("stripe"), secret, { "Stripe-Signature": header.replace(",v1=", `,v1=${"0".repeat(64)},v1=`) }, body);
  }
}
{
  const { sign } = await import(path.join(path.resolve(home), "node_modules/@octokit/webhooks-methods/dist-node/index.js")).catch(() => require("@octokit/webhooks-methods"));
  for (const body of BODIES) {
    add("github", "@octokit/webhooks-methods", "It's a Secret to Everybody", { "X-GitHub-Event": "ping", "X-Hub-Signature-256": await sign("It's a Secret to Everybody", body) }, body);
  }
}
{
  const { verifySlackRequest } = require("@slack/bolt/dist/receivers/verify-request.js");
  for (const body of [...BODIES, "token=x&command=%2Fdeal&text=won+it"]) {
    const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";
    const headers = { "X-Slack-Request-Timestamp": `${SECONDS}`, "X-Slack-Signature": `v0=${hmac("sha256", signingSecret, `v0:${SECONDS}:${body}`, "hex")}` };
    verifySlackRequest({ signingSecret, body, nowMilliseconds: MILLIS, headers: { "x-slack-request-timestamp": SECONDS, "x-slack-signature": headers["X-Slack-Signature"] } });
    add("slack", version("@slack/bolt"), signingSecret, headers, body);
  }
}
{
  require("@shopify/shopify-api/adapters/node");
  const { shopifyApi, ApiVersion } = require("@shopify/shopify-api");
  const secret = "hush";
  const shopify = shopifyApi({ apiKey: "key", apiSecretKey: secret, hostName: "hub.example", apiVersion: Object.values(ApiVersion).at(-1), isEmbeddedApp: false, logger: { level: 0 } });
  for (const body of BODIES) {
    const headers = {
      "X-Shopify-Hmac-Sha256": hmac("sha256", secret, body, "base64"), "X-Shopify-Topic": "orders/create", "X-Shopify-Shop-Domain": "acme.myshopify.com",
      "X-Shopify-API-Version": "2026-10", "X-Shopify-Webhook-Id": "b1",
    };
    const found = await shopify.webhooks.validate({ rawBody: body, rawRequest: { method: "POST", url: "/webhooks/acme", headers }, rawResponse: {} });
    accepted(found.valid, "shopify");
    add("shopify", version("@shopify/shopify-api"), secret, headers, body);
  }
}
{
  const { Signature } = require("@hubspot/api-client/lib/src/utils/signature.js");
  const clientSecret = "11111111-2222-3333-4444-555555555555";
  const url = "https://hub.example/webhooks/crm?team=a%3Ab";
  const plain = "https://hub.example/webhooks/crm?team=a:b";
  for (const requestBody of BODIES) {
    const sign = (name, options) => Signature.getSignature("POST", name, { clientSecret, requestBody, ...options });
    add("hubspot_v1", version("@hubspot/api-client"), clientSecret, { "X-HubSpot-Signature-Version": "v1", "X-HubSpot-Signature": sign("v1", {}) }, requestBody, { url });
    add("hubspot_v2", version("@hubspot/api-client"), clientSecret, { "X-HubSpot-Signature-Version": "v2", "X-HubSpot-Signature": sign("v2", { url }) }, requestBody, { url });
    add("hubspot_v3", version("@hubspot/api-client"), clientSecret, { "X-HubSpot-Request-Timestamp": `${MILLIS}`, "X-HubSpot-Signature-v3": sign("v3", { url: plain, timestamp: MILLIS }) }, requestBody, { url });
  }
}
{
  const twilio = require("twilio/lib/webhooks/webhooks.js");
  const token = "12345";
  const form = { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" };
  const url = "https://hub.example/webhooks/sms?foo=1&bar=2";
  const fields = { Digits: "1234", To: "+18005551212", From: "+14158675310", Caller: "+14158675310", CallSid: "CA1234567890ABCDE", Body: "schön & gut 🚲", MediaUrl: ["b", "a", "b"] };
  const body = new URLSearchParams(Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]))).toString();
  const signed = (url, fields, algorithm) => twilio.getExpectedTwilioSignature(token, url, fields, algorithm);
  const by = version("twilio");
  add("twilio", by, token, { ...form, "X-Twilio-Signature": signed(url, fields) }, body, { url });
  add("twilio", by, token, { ...form, "X-Twilio-Signature": signed(url.replace("example/", "example:443/"), fields) }, body, { url });
  add("twilio", by, token, { ...form, "X-Twilio-Webhooks-Signature-Settings": "key=k1,algorithm=HMAC_SHA256", "X-Twilio-Signature": signed(url, fields, "HMAC_SHA256") }, body, { url });
  for (const json of BODIES) {
    const hashed = `https://hub.example/webhooks/sms?bodySHA256=${twilio.getExpectedBodyHash(json)}`;
    add("twilio", by, token, { "Content-Type": "application/json", "X-Twilio-Signature": signed(hashed, {}) }, json, { url: hashed });
  }
}
{
  const { WebhooksHelper } = require("square");
  for (const requestBody of BODIES) {
    const signatureKey = "asdf1234";
    const notificationUrl = "https://hub.example/webhooks/acme";
    const signatureHeader = hmac("sha256", signatureKey, notificationUrl + requestBody, "base64");
    accepted(await WebhooksHelper.verifySignature({ requestBody, signatureHeader, signatureKey, notificationUrl }), "square");
    add("square", version("square"), signatureKey, { "x-square-hmacsha256-signature": signatureHeader }, requestBody);
  }
}
{
  const { EventWebhook } = require("@sendgrid/eventwebhook");
  const before = fs.existsSync(out) ? JSON.parse(fs.readFileSync(out, "utf8")).filter((one) => one.kind === "sendgrid") : [];
  const pair = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = before[0]?.secret ?? pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const webhook = new EventWebhook();
  const key = webhook.convertPublicKeyToECDSA(secret);
  for (const [index, body] of BODIES.entries()) {
    // A signature differs each time it is made; the one in the file stays while the SDK accepts it.
    const signature = before[index]?.headers["X-Twilio-Email-Event-Webhook-Signature"] ??
      crypto.sign("sha256", Buffer.from(`${SECONDS}${body}`), pair.privateKey).toString("base64");
    accepted(webhook.verifySignature(key, body, signature, `${SECONDS}`), "sendgrid");
    add("sendgrid", version("@sendgrid/eventwebhook"), secret, { "X-Twilio-Email-Event-Webhook-Timestamp": `${SECONDS}`, "X-Twilio-Email-Event-Webhook-Signature": signature }, body);
  }
}
// No SDK of these vendors signs or verifies: Node's cryptography, as their pages say.
for (const body of BODIES) {
  const by = "node:crypto";
  add("intuit", by, "verifier-token", { "intuit-signature": hmac("sha256", "verifier-token", body, "base64") }, body);
  add("xero", by, "webhook-key", { "x-xero-signature": hmac("sha256", "webhook-key", body, "base64") }, body);
  const at = new Date(MILLIS).toISOString();
  add("zendesk", by, "dGhpcyBpcyBhIHNlY3JldA==", { "X-Zendesk-Webhook-Signature-Timestamp": at, "X-Zendesk-Webhook-Signature": hmac("sha256", "dGhpcyBpcyBhIHNlY3JldA==", at + body, "base64") }, body);
}
fs.writeFileSync(out, JSON.stringify(deliveries, null, 1) + "\n");
console.log(`${deliveries.length} deliveries of ${new Set(deliveries.map((one) => one.kind)).size} kinds`);
