/**
 * What is secret, one row a rule; `_scan.ts` says how the rows are applied. Each row has a positive and a negative
 * example in `test/unit/redact-rules.test.ts`, which also holds every quantifier to a bound.
 */

/** What stands where a secret was. */
export const FILTERED = '[Filtered]'

/** Headers that are kept; the referer without its query. */
export const HEADERS: readonly string[] =
  'accept content-type content-length user-agent origin referer cf-ray traceparent x-request-id'.split(
    ' ',
  )

/** Secret wherever they occur in a folded key: `x-auth-token`, `dbPassword`, `SET-COOKIE`, `PHPSESSID`. */
export const KEY_PARTS =
  /auth|token|secret|session|sessid|password|passwd|passphrase|apikey|accesskey|privatekey|jwt|bearer|csrf|xsrf|credential|cookie|signature|connectionstring|databaseurl|dsn|webhook/

/** Secret as a whole word of a key: `key`, `connect.sid`, `userPin`, but not `monkey` or `shipping`. */
export const KEY_WORDS =
  /(?<![a-z])(?:key|sid|pin|otp|totp|code|state|nonce|sig|cvv|cvc|ssn|iban|pwd|pass)(?![a-z])/

/** Folded keys that end like a secret and hold none. */
export const PLAIN_KEYS =
  /^(?:(?:status|error|exit|http|country|currency|language|postal|zip)code|(?:primary|foreign|public|sort|partition|cache|idempotency)key)$/

/** Header fields whose value in a text goes on to the end of the line: it may hold spaces. */
export const LINE_KEYS = /authorization|cookie|pass-?phrase/i

/** Credentials with a prefix of their own, looked for in runs of 13 and more of `[\w.%-]`. */
export const TOKENS = {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  aws: 'A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}',
  // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
  github: 'gh[opsur]_[A-Za-z0-9]{20}|github_pat_\\w{20}',
  // https://docs.gitlab.com/security/tokens/#token-prefixes
  gitlab: 'gl(?:pat|dt|rtr?|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\\w-]{16}',
  // https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
  npm: 'npm_[A-Za-z0-9]{30}',
  // https://docs.slack.dev/authentication/tokens
  slack: 'xox[a-z][.-][\\w.-]{10}|xapp-\\d-[\\w-]{10}',
  // https://docs.stripe.com/keys and https://docs.stripe.com/webhooks
  stripe: '(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{16}',
  // https://platform.openai.com/docs/api-reference/authentication and https://docs.claude.com/en/api/overview
  openai: '(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin|ant)-[\\w-]{16}|[A-Za-z0-9]{20})',
  // https://cloud.google.com/docs/authentication/api-keys
  google: 'AIza[\\w-]{30}',
  // https://developers.google.com/identity/protocols/oauth2
  googleOauth: 'ya29\\.[\\w-]{16}|GOCSPX-[\\w-]{20}',
  // https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
  sendgrid: '(?<![A-Za-z0-9])SG\\.[\\w-]{16,32}\\.[\\w-]{16}',
} as const

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const WEBHOOK = /hooks\.slack(?:-gov)?\.com$/

/** A PEM block (RFC 7468) that holds a key; one that has lost its end goes on to the end of the text. */
export const PEM = /-----BEGIN [A-Z\d ]{0,40}KEY[^]{0,24576}?(?:-----END[A-Z\d ]{0,50}-----|$)/y

/** What follows `Bearer` (RFC 6750) and `Basic` (RFC 7617). */
export const CREDENTIAL = /[ \t]{1,9}["'`]?([\w.~+/=%-]{6,24576})/y
/** Words after "Bearer" that are prose. */
export const PROSE =
  /^(?:auth(?:entication|orization)?|tokens?|credentials?|scheme|challenge|realm|required|missing)\W{0,9}$/i
/** "Basic" is an English word too: only what has the mixture of base64 is a credential. */
export const BASE64 = /[\d+/=]|[a-z][A-Z]|.{24}/

/**
 * 13 to 19 digits (ISO/IEC 7812-1), which are a card number if they pass the Luhn formula; not a piece of a
 * fraction or of a UUID.
 */
export const CARD = /(?<![\da-f]{4}-|\d\.|\d)[2-6](?:[ -]?\d){12,18}(?![\da-f]|-[\da-f]{4})/gi

/** In messages, a `code` such as `ECONNRESET`, `SQLITE_BUSY` or 404 is a reason and no secret. */
export const REASON = /^(?:-?\d{1,3}|E[A-Z]{2,30}|[A-Z]{1,30}_[A-Z\d_]{1,60})$/
/** Names of errors and files are followed by colons too. */
export const PLACES = /(?:error|exception|\.[cm]?[jt]sx?|\.vue|\.svelte)$/i

/** Drizzle's errors, and the lines of its logger, end with every value of the query. */
export const QUERY_PARAMS = /((?:\n|-- )params: )[^]{1,24576}/

/** Keys that name the key of a value beside them: `{ name: 'password', value: '…' }`. */
export const NAMES = /^(?:name|key|header|field|param|property|path)$/i
export const VALUES = /^(?:values?|val|content|data|input|received)$/i

/** What may stand between a secret key's name and its value: `session id: …`, `API key provided: …`. */
export const TRAILERS = /^(?:id|value|header|provided|was)$/i
/** Keys that are elements of HTML and of answers of object stores, and mostly hold no secret there. */
export const PLAIN_ELEMENTS = /^(?:code|key|state)$/i

/** Personal data, filtered on request only. Lookbehinds keep a text from being tried again at each character. */
export const PERSONAL = {
  // RFC 5321, 4.5.3.1: 64 octets before the at sign.
  email: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g,
  // What the parser of addresses accepts.
  ip: /(?<![\w.:])[\da-f:.]{2,44}[\da-f:](?![\w:])/gi,
  // ITU-T E.164: at most 15 digits; national numbers begin with 0 or an area code in parentheses.
  phone:
    /(?<![\w.:/-])(?:\+\d{1,3}[ .-]?\(?\d{1,4}|\(\d{1,4}|0\d{1,3})\)?(?:[ .-]?\d{2,4}){2,4}(?![\w:-])/g,
} as const
