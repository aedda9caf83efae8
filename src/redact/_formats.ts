/** Secrets that are recognised by their shape, anywhere in a text. */

/**
 * Credentials with a known prefix. They are searched in runs of at least 13 characters of
 * `[\w.%-]`, at the start of a word or after a sign. When a vendor does not document the length, 16
 * to 20 characters tell a credential from a word.
 */
export const TOKENS: readonly string[] = [
  // Prefixes before letters and digits:
  // GitHub:
  // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
  // npm: https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/ Cloudflare:
  // https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
  //   and https://developers.cloudflare.com/changelog/post/2026-08-26-service-token-secret-format/
  // Vercel: https://vercel.com/changelog/new-token-formats-and-secret-scanning
  // Supabase: https://supabase.com/docs/guides/platform/personal-access-tokens
  // Neon: https://neon.com/docs/changelog/2025-01-31
  // Linear: https://linear.app/changelog/2021-08-19-github-secret-scanning
  // Notion: https://developers.notion.com/page/changelog#september-11-2024
  // Hugging Face: https://huggingface.co/docs/hub/security-tokens
  // Groq: https://console.groq.com/docs/quickstart
  // Replicate: https://replicate.com/docs/topics/security/api-tokens
  // Netlify: https://answers.netlify.com/t/change-to-the-netlify-authentication-token-format/106146
  // DigitalOcean: https://docs.digitalocean.com/notes/2022/api-token-format
  // Shopify:
  // https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens#access-token-types
  // RubyGems: https://guides.rubygems.org/api-key-scopes/ xAI:
  // https://docs.x.ai/developers/rest-api-reference, Perplexity:
  // https://docs.perplexity.ai/guides/getting-started
  '(?:gh[opsur]|npm|cfk|cf[au]t|cfast|vc[aciprk]|sbp|napi|lin_(?:api|oauth|wh)|ntn|hf|api_org|gsk|r8|nf[bcopu]|do[opr]_v1|shp(?:at|ca|pa|ss)|rubygems|xai|pplx)[_-][A-Za-z\\d]{20}',
  // Prefixes that no word has, before letters, digits, `_` and `-`:
  // GitHub, fine-grained: the page above
  // Supabase: https://supabase.com/docs/guides/api/api-keys
  // Vercel Blob: https://vercel.com/docs/vercel-blob/using-blob-sdk
  // PlanetScale: https://planetscale.com/docs/api/service-tokens
  // Docker: https://docs.docker.com/reference/api/hub/latest/
  // Sentry: https://docs.sentry.io/account/auth-tokens/
  // Grafana: https://grafana.com/docs/grafana/latest/administration/service-accounts/
  // Figma: https://developers.figma.com/docs/rest-api/authentication/
  // LangSmith: https://docs.langchain.com/langsmith/create-account-api-key
  // PyPI: https://docs.pypi.org/api/secrets/
  // Fly: https://fly.io/docs/security/tokens/
  // 1Password: https://developer.1password.com/docs/service-accounts/
  // age: https://github.com/C2SP/C2SP/blob/main/age.md
  // Postman: https://learning.postman.com/docs/developer/postman-api/authentication/
  // New Relic: https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
  // Heroku: https://devcenter.heroku.com/articles/oauth
  // Square: https://developer.squareup.com/docs/build-basics/access-tokens
  // Atlassian, Bitbucket:
  // https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
  // Amazon Bedrock: https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
  '(?:github_pat_|sb_secret_|vercel_blob_rw_|pscale_(?:tkn|pw|oauth)_|dckr_[op]at_|sntry[aisu]_|gl(?:sa|c)_|fig[dou]_|lsv2_[ps][tk]_|pypi-|f(?:o1|m[12][ar]?)_|ops_eyJ|AGE-SECRET-KEY-1|PMAK-|NR(?:AK|II|JS)-|HRKU-|sq0(?:at|cs)p-|AT(?:ATT3|CTT3|BB)|ABSKQmVk|bedrock-api-key-)[\\w-]{16}',
  // GitLab: https://docs.gitlab.com/security/tokens/#token-prefixes
  'gl(?:pat|dt|rtr?|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[\\w-]{16}',
  // Slack: https://docs.slack.dev/authentication/tokens
  'xox[a-z][.-][\\w.-]{10}|xapp-\\d-[\\w-]{10}|xwfp-[\\w-]{10}',
  // Stripe: https://docs.stripe.com/keys and https://docs.stripe.com/webhooks
  '(?:[rs]k_(?:live|test|org)|whsec)_[A-Za-z\\d]{16}',
  // OpenAI: https://platform.openai.com/docs/api-reference/authentication
  // Anthropic: https://docs.claude.com/en/api/overview, OpenRouter:
  // https://openrouter.ai/docs/api-reference/authentication ElevenLabs:
  // https://elevenlabs.io/docs/api-reference/authentication
  'sk-(?:(?:proj|svcacct|admin|ant|or)-[\\w-]{16}|[A-Za-z\\d]{20})|sk_[\\da-f]{48}',
  // Google: https://cloud.google.com/docs/authentication/api-keys,
  // https://developers.google.com/identity/protocols/oauth2 and
  // https://ai.google.dev/gemini-api/docs/api-key
  'AIza[\\w-]{30}|ya29\\.[\\w-]{16}|GOCSPX-[\\w-]{20}|AQ\\.[\\w-]{30}',
  // AWS:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  'A(?:KIA|SIA|BIA|CCA)[A-Z\\d]{16}',
  // SendGrid: https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
  'SG\\.[\\w-]{16,32}\\.[\\w-]{16}',
  // Neon, a role's password: https://neon.com/docs/manage/roles
  'npg_[A-Za-z\\d]{10}',
  // Vault: https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes
  'hv[bsr]\\.[\\w-]{20}',
  // Doppler: https://docs.doppler.com/reference/auth-token-formats
  'dp\\.(?:pt|st|ct|sa|said|scim|audit)\\.[\\w.-]{20}',
]

/** Credentials that are recognised only as a whole word. */
export const WHOLE_WORDS: readonly string[] = [
  // Resend: https://resend.com/docs/create-an-api-key
  're_[A-Za-z\\d]{8}_[A-Za-z\\d]{16}',
  // Notion, before September 2024
  'secret_[A-Za-z\\d]{40}',
  // Airtable: https://airtable.com/developers/web/guides/personal-access-tokens
  'pat[A-Za-z\\d]{14}\\.[\\da-f]{20}',
  // Databricks: https://docs.databricks.com/aws/en/dev-tools/auth/pat
  // Twilio: https://www.twilio.com/docs/iam/api-keys
  // Mailgun: https://documentation.mailgun.com/docs/mailgun/api-reference/authentication/
  '(?:dapi|SK|key-)[\\da-f]{32}|[\\da-f]{32}-[\\da-f]{8}-[\\da-f]{8}(?![\\w-])',
  // Square, and Meta's Graph API:
  // https://developers.facebook.com/docs/facebook-login/guides/access-tokens
  'EAA[\\w-]{40}',
  // Cloudflare Origin CA: https://developers.cloudflare.com/ssl/origin-configuration/origin-ca/
  'v1\\.0-[\\da-f]{24}-[\\da-f]{20}',
  // Discord: https://docs.discord.com/developers/reference#authentication
  '[MNO][\\w-]{23,25}\\.[\\w-]{6}\\.[\\w-]{27}',
  // Terraform:
  // https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens
  '[A-Za-z\\d]{14}\\.atlasv1\\.[\\w-]{20}',
]

/**
 * A Telegram bot's number, which a colon and the token follow. After a backslash, the letter of
 * `\n`, `\r` or `\t` precedes it.
 * https://core.telegram.org/bots/api#authorizing-your-bot
 */
export const TELEGRAM_BOT = /^[nrt]?(?:bot)?\d{6,12}$/
export const TELEGRAM = /[\w-]{35}(?![\w-])/y

/**
 * Hosts of webhooks. The rest of the URL is a secret: Slack
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks Discord
 * https://docs.discord.com/developers/resources/webhook Teams
 * https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 * Zapier https://help.zapier.com/hc/en-us/articles/8496288690317
 */
export const WEBHOOK_HOST =
  /^(?:hooks\.slack(?:-gov)?\.com|hooks\.zapier\.com|(?:[\w-]{1,63}\.)?webhook\.office\.com|hook\.[\w.-]{1,20}\.make(?:\.celonis)?\.com|(?:(?:ptb|canary)\.)?discord(?:app)?\.com)$/i
/** The start of a webhook's path, which is no secret. */
export const WEBHOOK_PATH = /\/(?:api\/(?:v\d{1,2}\/)?webhooks\/)?/y

/** The first line of a PEM block (RFC 7468) with a key. */
export const PEM = /-----BEGIN [A-Z\d ]{0,40}KEY/y
/** The last line of a PEM block. */
export const PEM_END = /-----END[A-Z\d ]{0,50}-----/g
/** The beginning of a key file of PuTTY: https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html */
export const PUTTY = /PuTTY-User-Key-File-\d/
export const PUTTY_END = /Private-MAC: ?[\da-f]{0,128}/g

/** The credential after `Bearer` (RFC 6750) or `Basic` (RFC 7617). */
export const CREDENTIAL = /[ \t]{1,9}["'`]?([\w.~+/=%-]{6,24576})/y
/** Words after "Bearer" in ordinary sentences. */
export const PROSE =
  /^(?:auth(?:entication|orization)?|tokens?|credentials?|scheme|challenge|realm|required|missing)\W{0,9}$/i
/** Recognises base64 after "Basic", which is an English word too. */
export const BASE64 = /[\d+/=]|[a-z][A-Z]|.{24}/

/** 13 to 19 digits (ISO/IEC 7812-1), alone or in groups; not a part of a fraction or of a UUID. */
export const CARD = /(?<![\da-f]{4}-|\d\.|\d)[2-6](?:[ -]?\d){12,18}(?![\da-f]|-[\da-f]{4})/gi
/**
 * Lengths and first digits of issuers: Visa, Mastercard, Mir, American Express, Diners, JCB,
 * Discover, UnionPay, Maestro.
 * https://docs.stripe.com/testing#cards and https://en.wikipedia.org/wiki/Payment_card_number
 */
export const ISSUED =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|2(?:20[0-4]|22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))\d{12}|3[47]\d{13}|3(?:0[0-5]\d|095|[689]\d\d)\d{10}|(?:35|36|5[06-8]|6[0-57])\d{14,17})$/
