/**
 * Rules for secrets that are recognised by their key, and for the words around keys.
 * `_key-names.ts` and `_pairs.ts` apply them, and `_formats.ts` has the secrets that are recognised
 * by their shape. Each rule has a positive and a negative example in `test/redact/rules.test.ts`,
 * which also checks that every quantifier is bounded.
 */

/** The text that replaces a secret. */
export const FILTERED = '[Filtered]'

/** Headers that are kept. The referer loses its query. */
export const KEPT_HEADERS: readonly string[] =
  'accept content-type content-length user-agent origin referer cf-ray traceparent x-request-id'.split(
    ' ',
  )

/** Names that are secret anywhere in a word. No English word contains them. */
const ANYWHERE =
  'pass(?:word|wd|phrase|code)|pswd|credential|[cx]srf|jwt|webhook|conn(?:ection)?str(?:ing)?|database_?url|sessid|samlresponse|mnemonic|(?:seed|recovery|secret)phrase|motdepasse|' +
  '(?:api|access|private|secret|master|encrypt(?:ion)?|account|sign(?:ing)?|shared|auth|session|hmac|license|ssh|deploy)key|' +
  '(?:verif(?:y|ication)|auth|pin|otp|sms|mfa|activation|security|recovery|backup|reset|login|confirm(?:ation)?|invit(?:e|ation)|access)codes?'
/** Names that other words start with: `author`, `tokenizer`, `secretary`. */
const ENDINGS =
  'auth(?:entication|orization)?|token|secret|(?<!pos|ob)session|bearer|cookie|signature'
/**
 * Texts around a name in a key without word boundaries: `dbpass`, `sessionid`, `tokenvalue`,
 * `nauth` after a backslash.
 */
const REST =
  '(?:id|key|value|val|hash|salt|user|db|my|access|refresh|client|app|web|site|api|admin|root|new|old|current|require|j|php|asp|net|https?|smtp|imap|ftp|ssh|ssl|aws|git|npm|redis|mysql|pg|postgres|mongo|e?mail|device|push|login|sentry|data|code|header|string|str|text|raw|token|secret|bot|hook|proxy|service|server|reset|verify|confirm|link|ur[il]|field|param|n|r|t)'

/** A word of a key that makes its value secret. */
export const SECRET_WORD = new RegExp(
  `${ANYWHERE}|(?:${ENDINGS})s?$|^${REST}{0,2}(?:${ENDINGS}|sess|dsn|pass|pwd|creds?)s?${REST}{0,3}$|` +
    // "Password" in other languages, without accents.
    '^(?:passwor[td]|kennwort|contrasena|senha|wachtwoord|losenord|sifre|heslo|haslo|parola|salasana|jelszo)$',
)
/** A name that several words form together: `api_key`, `pass-word`, `to.ken`. */
export const NAME = new RegExp(`^(?:${ANYWHERE}|${ENDINGS}|dsn)s?$`)
/** Found wherever a name of several words may be: joining them is slow. */
export const IN_NAME = new RegExp(`${ANYWHERE}|${ENDINGS}|dsn`)
/**
 * "Password" in languages without spaces between words, or with other alphabets. And `2fa`,
 * unless it is a part of a hexadecimal number or of a word such as `2fast`.
 */
export const FOREIGN =
  /パスワード|暗証番号|密码|密碼|口令|비밀번호|암호|пароль|(?<!(?:^|[^a-z\d])[\da-f]{1,32})2fa(?![\da-z])/i

/**
 * Words that say, beside a secret name, that the key counts or measures. A number under it is no
 * secret.
 */
export const COUNTING =
  /(?:token|session|secret|cookie|password|credential|webhook|signature)s$|^(?:counts?|max|min|total|sum|size|length|len|limit|quota|budget|used|usage|remaining|per|ttl|expire[sd]?|expiry|expiration|exp|age|timeout|duration|ms|secs?|seconds|minutes|hours|days|at|index|version|retries|attempts|rate|cost|price|bytes)$/
/** A number that counts or measures. */
export const PLAIN_NUMBER = /^-?\d{1,15}(?:\.\d{1,9})?(?:e[+-]?\d{1,3})?(?:ms|[smhd%]|[kmg]?b)?$/i

/** Whole words of a key that are secret. */
export const ALWAYS_KEY = /^(?:pwd?|pass|psk|sess|creds?)$/
/**
 * Whole words of a key that are secret, and English words too: `key`, `connect.sid`, `userPin`, but
 * not `monkey`.
 */
export const WORD_KEY = /^(?:key|sid|pin|t?otp|code|state|nonce|sig|cvv|cvc|ssn|iban)$/
/** Last words of a key that are secret: `walletSeed`, but not `ticketId`. */
export const LAST_WORD = /^(?:seed|ticket)$/
/**
 * Keys whose value in a sentence must be long to be secret: `error code: 23505`, `Duplicate key:
 * 5`.
 */
export const VAGUE_KEY = /(?:key|code|state|seed|ticket)$/i

/** Folded keys that end like a secret key, but are none. */
export const PLAIN_KEYS =
  /^(?:(?:status|err(?:or)?|exit|http|response|result|reason|close|country|currency|region|area|language|lang|postal|zip|product)code|(?:primary|foreign|public|sort|partition|range|cache|object|query|row|group|unique|idempotency)key|readystate)$/

/** Header fields whose value extends to the end of the line, because it may contain spaces. */
export const LINE_KEYS = /authorization|cookie|phrase|mnemonic|signature/i

/**
 * Values of `code` in messages that are no secret: `ECONNRESET`, `SQLITE_BUSY`, `invalid_type`,
 * 404, an SQLSTATE.
 * The classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const REASON =
  /^(?:-?\d{1,3}|E[A-Z]{2,30}|[A-Z]{1,30}_[A-Z\d_]{1,60}|[a-z]{2,20}(?:_[a-z]{2,20}){1,5}|(?:0[\dABFLPZ]|2[0-8BDF]|3[489BDF]|4[024]|5[34578]|72|F0|HV|P[02]|XX)[\dA-Z]{3})$/
/** Names of errors, which colons follow as well. */
export const ERROR_NAME = /(?:error|exception)$/i
/**
 * A file name before a place: `auth.rs:41:9`, `session.py:12`, `Auth.cs:line 41`,
 * `auth.wasm:wasm-function[3]:0x1f`.
 */
export const FILE_EXTENSION =
  /\.(?!(?:id|val(?:ue)?|data|num(?:ber)?|no|text|str(?:ing)?|hash|field|raw|v\d)$)([a-z]\w{0,9})$/i
export const PLACE_OF_FILE = /(?:line )?\d{1,9}(?![\w@%-])|wasm-function\[/y
/** Line and column after a path without a file extension: `./src/auth/token:12:3`. */
export const PLACE_OF_PATH = /\d{1,9}:\d{1,9}(?![\w@%-])/y

/** The values of a query, at the end of Drizzle's errors and log lines. */
export const QUERY_PARAMS = /((?:\n|-- )params: )[^]{1,24576}/

/**
 * Keys whose value names the key of a value beside them: `{ name: 'password', value: '…' }`, `{
 * command: 'auth', args: […] }`.
 */
export const NAMING_KEYS =
  /^(?:name|key|id|type|label|header|field|column|attribute|variable|param(?:eter)?|property|(?:instance|data)?path|command|cmd|method|function|fn)$/i
/** Keys of such values. */
export const VALUE_KEYS =
  /^(?:(?:invalid|rejected|current|default)?_?values?|val|content|current|data|default|input|received|arg(?:ument)?s?|argv|param(?:eter)?s|payload)$/i

/**
 * Words between a secret key and its value: `session id: …`, `API key provided: …`.
 */
export const TRAILERS = /^(?:id|value|header|phrase|provided|was|is)$/i
/**
 * Elements of HTML and of object stores' replies, which are rarely secret there.
 */
export const PLAIN_ELEMENTS = /^(?:code|key|state)$/i

/**
 * Words after a flag or a command in a sentence about it: `--token is not allowed`, `AUTH failed`.
 */
export const NO_ARGUMENT =
  /(?:is|was|are|were|has|not|must|may|can(?:not)?|should|to|and|or|for|in|of|on|if|with(?:out)?|needs?|require[sd]?|expects?|missing|option|flag|argument|fail(?:s|ed|ure)?|error|command|method|invalid|already|called|given|set|here|denied|rejected|unsupported|disabled|enabled)(?![\w-])/iy

/**
 * Personal data, filtered only by an option. Lookbehinds keep a pattern from starting at each
 * character.
 */
export const PERSONAL = {
  // RFC 5321, 4.5.3.1: 64 octets before the at sign.
  email: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g,
  // All addresses that `canonicalIp` accepts.
  ip: /(?<![\w.:])[\da-f:.]{2,44}[\da-f:](?![\w:])/gi,
  // ITU-T E.164: at most 15 digits; national numbers begin with 0 or an area code in parentheses.
  phone:
    /(?<![\w.:/-])(?:\+\d{1,3}[ .-]?\(?\d{1,4}|\(\d{1,4}|0\d{1,3})\)?(?:[ .-]?\d{2,4}){2,4}(?![\w:-])/g,
} as const
