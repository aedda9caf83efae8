import type { SendContext, Store, WaitUntil } from '../core/types.ts'
import { readBody } from './_body.ts'
import { fromHex, hmacVerify, utf8 } from './_hmac.ts'
import { post } from './_post.ts'
import { MUTE_1H, RESOLVE } from './_slack-payload.ts'
import { requiredText } from './_url.ts'

export interface SlackActionsOptions {
  /** The app's signing secret, from its page "Basic Information". */
  signingSecret: string
  /** Where the issues are. */
  store: Pick<Store, 'setIssue'>
  /** For tests. */
  fetch?: typeof fetch
}

/** Seconds; https://docs.slack.dev/authentication/verifying-requests-from-slack */
const TOLERANCE = 300
/** Bytes; a payload holds the whole message, about 15,000 characters. What is cut matches no signature. */
const MAX_BODY = 262_144
const HOUR_MS = 3_600_000

interface Click {
  action: typeof RESOLVE | typeof MUTE_1H
  fingerprint: string
  /** Where to say what became of it; on hooks.slack.com. */
  responseUrl: string | null
  /** A mention of who clicked. */
  who: string
}

/**
 * Answers the buttons of `slack({ token, channel, buttons: true })`: mount it at the app's interactivity URL. Slack gets
 * its answer at once, the work is done in `waitUntil`; what is not signed by Slack within the last 300 s gets a 401.
 *
 * @throws KlaxonError when `signingSecret` is missing
 */
export function slackActions(
  options: SlackActionsOptions,
): (request: Request, ctx?: WaitUntil) => Promise<Response> {
  const mend = 'pass the one of the page "Basic Information" of your app'
  const secret = utf8(requiredText('slackActions', 'signingSecret', options.signingSecret, mend))
  const { store } = options

  return async function handleSlackAction(request, ctx) {
    if (request.method !== 'POST')
      return new Response(null, { status: 405, headers: { allow: 'POST' } })
    const bytes = await readBody(request.body, MAX_BODY)
    if (!(await isFromSlack(request.headers, bytes, secret))) {
      return new Response('Unauthorized', { status: 401 })
    }
    const click = parseClick(new TextDecoder().decode(bytes))
    if (click) {
      const work = act(click, store, { fetch: options.fetch ?? fetch })
      if (ctx) ctx.waitUntil(work)
      else void work
    }
    return new Response(null)
  }
}

async function isFromSlack(
  headers: Headers,
  body: Uint8Array,
  secret: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const timestamp = headers.get('x-slack-request-timestamp') ?? ''
  if (!/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > TOLERANCE) return false
  const offered = headers.get('x-slack-signature') ?? ''
  const signature = offered.startsWith('v0=') ? fromHex(offered.slice(3)) : undefined
  return signature !== undefined && hmacVerify(secret, signature, `v0:${timestamp}:`, body)
}

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload; null for what is not ours. */
function parseClick(form: string): Click | null {
  const payload = parseJson(new URLSearchParams(form).get('payload')) as {
    actions?: { action_id?: unknown; value?: unknown }[]
    response_url?: unknown
    user?: { id?: unknown }
  } | null
  const { action_id: action, value } = payload?.actions?.[0] ?? {}
  if (action !== RESOLVE && action !== MUTE_1H) return null
  if (typeof value !== 'string' || value === '' || value.length > 200) return null
  const url = payload?.response_url
  const id = payload?.user?.id
  return {
    action,
    fingerprint: value,
    responseUrl: typeof url === 'string' && url.startsWith('https://hooks.slack.com/') ? url : null,
    who: typeof id === 'string' && /^[UW][A-Z0-9]{1,20}$/.test(id) ? `<@${id}>` : 'someone',
  }
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

async function act(
  click: Click,
  store: Pick<Store, 'setIssue'>,
  context: SendContext,
): Promise<void> {
  const text = await change(click, store)
  if (click.responseUrl === null) return
  const body = JSON.stringify({ text, response_type: 'in_channel', replace_original: false })
  await post({ url: click.responseUrl, body }, context)
}

/** What to tell the channel; never rejects, for it runs in the background. */
async function change(
  { action, fingerprint, who }: Click,
  store: Pick<Store, 'setIssue'>,
): Promise<string> {
  const now = Date.now()
  const resolve = action === RESOLVE
  try {
    const wanted = resolve ? { state: 'resolved' as const } : { mutedUntil: now + HOUR_MS }
    if (!(await store.setIssue(fingerprint, wanted, now))) return 'This issue is no longer stored.'
    return resolve ? `Resolved by ${who}.` : `Muted for an hour by ${who}.`
  } catch {
    // The store's own error holds SQL and values: the channel learns only that it failed.
    return 'The database could not be reached: nothing has changed, try again.'
  }
}
