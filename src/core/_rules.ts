/**
 * What is secret, one row a rule; `_scan.ts` says how the rows are applied. Every quantifier is bounded, and each
 * row has a positive and a negative example in `test/unit/redact-rules.test.ts`.
 */

/** What stands where a secret was. */
export const FILTERED = '[Filtered]'

/** Headers that are kept; the referer without its query. */
export const HEADERS: readonly string[] = [
  'accept',
  'content-type',
  'content-length',
  'user-agent',
  'origin',
  'referer',
  'cf-ray',
  'traceparent',
  'x-request-id',
]

/** Secret wherever they occur in a folded key: `x-auth-token`, `dbPassword`, `SET-COOKIE`, `PHPSESSID`. */
export const KEY_PARTS =
  /auth|token|secret|session|sessid|password|passwd|passphrase|apikey|accesskey|privatekey|jwt|bearer|csrf|xsrf|credential|cookie|signature|connectionstring|databaseurl|dsn|webhook/

/** Secret as a whole word of a key: `key`, `connect.sid`, `userPin`, but not `monkey` or `shipping`. */
export const KEY_WORDS =
  /(?<![a-z])(?:key|sid|pin|otp|totp|code|state|nonce|sig|cvv|cvc|ssn|iban|pwd|pass)(?![a-z])/

/** Folded keys that end like a secret and hold none. */
export const PLAIN_KEYS =
  /^(?:status|error|err|exit|http|country|currency|language|postal|zip|reason|char)code$|^(?:primary|foreign|public|sort|partition|cache|idempotency)key$/

/** Keys whose value in a text goes on to the end of the line: it may hold spaces. */
export const LINE_KEYS = /authorization|cookie|passphrase/

/** Credentials with a prefix of their own, looked for in runs of 13 and more of `[\w.%-]`. */
export const TOKENS: Readonly<Record<string, string>> = {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  aws: '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}',
  // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
  github: 'gh[opsur]_[A-Za-z0-9]{20}|github_pat_\\w{20}',
  // https://docs.gitlab.com/security/tokens/#token-prefixes
  gitlab: 'gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\\w-]{16}',
  // https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
  npm: 'npm_[A-Za-z0-9]{30}',
  // https://docs.slack.dev/authentication/tokens
  slack: 'xox[a-z][.-][\\w.-]{10}|xapp-\\d-[\\w-]{10}',
  // https://docs.stripe.com/keys and https://docs.stripe.com/webhooks
  stripe: '[rs]k_(?:live|test)_[A-Za-z0-9]{16}|whsec_[A-Za-z0-9]{16}',
  // https://platform.openai.com/docs/api-reference/authentication
  openai: '(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin)-[\\w-]{16}|[A-Za-z0-9]{20})',
  // https://docs.claude.com/en/api/overview
  anthropic: 'sk-ant-[\\w-]{16}',
  // https://cloud.google.com/docs/authentication/api-keys and https://developers.google.com/identity/protocols/oauth2
  google: 'AIza[\\w-]{30}|ya29\\.[\\w-]{16}|GOCSPX-[\\w-]{20}',
  // https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
  sendgrid: '(?<![A-Za-z0-9])SG\\.[\\w-]{16,32}\\.[\\w-]{16}',
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const WEBHOOK_HOST = /hooks\.slack(?:-gov)?\.com$/

/** The label of a PEM block (RFC 7468) that holds a key. */
export const PEM_LABEL = /[A-Z\d ]{0,40}KEY[A-Z ]{0,10}-----/y

/** What follows `Bearer` (RFC 6750) or `Basic` (RFC 7617). */
export const CREDENTIAL = /[ \t]{1,8}["'`]?([\w.~+/=%-]{6,24576})/y
/** Words after "Bearer" that are prose. */
export const PROSE =
  /^(?:auth\w{0,12}|tokens?|credentials?|scheme|challenge|header|realm|access|format|prefix|required|missing|invalid)\W*$/i
/** "Basic" is an English word too: only what has the mixture of base64 is a credential. */
export const BASE64 = /[\d+/=]|[a-z][A-Z]|.{24}/

/**
 * 13 to 19 digits (ISO/IEC 7812-1), which are a card number if they pass the Luhn formula; not a piece of a
 * fraction or a UUID.
 */
export const CARD =
  '(?<![\\da-fA-F]{4}-|\\d\\.|\\d)[2-6](?:[ -]?\\d){12,18}(?![\\da-fA-F]|-[\\da-fA-F]{4})'

/** In messages, a `code` such as `ECONNRESET`, `SQLITE_BUSY` or 404 is a reason and no secret. */
export const REASON = /^(?:-?\d{1,3}|E[A-Z]{2,30}|[A-Z]{2,20}(?:_[A-Z\d]{1,20}){1,8})$/

/** Personal data, filtered on request only. Lookbehinds keep a text from being tried again at each character. */
export const PERSONAL = {
  // RFC 5321, 4.5.3.1: 64 octets before the at sign.
  email: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g,
  ip: /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[\da-f]{0,4}:[\da-f]{0,4}:)[\da-f:]{2,39}(?:\.\d{1,3}){0,3})(?![\w:])/gi,
  // ITU-T E.164: at most 15 digits; national numbers begin with 0 or an area code in parentheses.
  phone:
    /(?<![\w.:/-])(?:\+\d{1,3}[ .-]?\(?\d{1,4}|\(\d{1,4}|0\d{1,3})\)?(?:[ .-]?\d{2,4}){2,4}(?![\w:-])/g,
} as const
