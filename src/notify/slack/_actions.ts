import type { SendContext } from '../../model/channel.ts'
import type { Store } from '../../model/store.ts'
import type { WaitUntil } from '../../model/wait-until.ts'
import { readBody } from '../http/body.ts'
import { fromHex, hmacVerify, utf8 } from '../webhook/_hmac.ts'
import { post } from '../http/post.ts'
import { MUTE_1H, RESOLVE } from './_payload.ts'
import { requiredText } from '../http/url.ts'
import { HOUR_MS } from '../../util/time-units.ts'

/** Options of `slackActions()`. */
export interface SlackActionsOptions {
  /** The app's signing secret, from its page "Basic Information". */
  signingSecret: string
  /** The store of the issues. */
  store: Pick<Store, 'setIssue'>
  /** The fetch that answers Slack; tests pass their own. @default the global `fetch` */
  fetch?: typeof fetch
}

/** Seconds; https://docs.slack.dev/authentication/verifying-requests-from-slack */
const TOLERANCE_SECONDS = 300
/**
 * Bytes of a payload at most. It contains the whole message, about 15,000 characters. A cut payload
 * matches no signature.
 */
const MAX_PAYLOAD_BYTES = 262_144

interface Click {
  action: typeof RESOLVE | typeof MUTE_1H
  fingerprint: string
  /** URL for the answer, on hooks.slack.com. */
  responseUrl: string | null
  /** A mention of the person who clicked. */
  who: string
}

/**
 * Makes a handler for the buttons of `slack({ token, channel, buttons: true })`. Mount it at the
 * app's interactivity URL. It answers Slack at once, and works in `waitUntil`. A request that Slack
 * has not signed within the last 300 s gets a 401.
 *
 * @throws KlaxonError when `signingSecret` is missing
 * @example
 * const onAction = slackActions({ signingSecret, store })
 * app.post('/slack/actions', (c) => onAction(c.req.raw, c.executionCtx))
 */
export function slackActions(
  options: SlackActionsOptions,
): (request: Request, ctx?: WaitUntil) => Promise<Response> {
  const fix = 'pass the one of the page "Basic Information" of your app'
  const secret = utf8(requiredText('slackActions', 'signingSecret', options.signingSecret, fix))
  const { store } = options

  return async function handleSlackAction(request, ctx) {
    if (request.method !== 'POST')
      return new Response(null, { status: 405, headers: { allow: 'POST' } })
    if (request.bodyUsed) {
      return new Response(
        'slackActions: the body was read before; mount it in front of the code that reads it',
        {
          status: 500,
        },
      )
    }
    const bytes = await readBody(request.body, MAX_PAYLOAD_BYTES)
    if (!(await isFromSlack(request.headers, bytes, secret))) {
      return new Response('Unauthorized', { status: 401 })
    }
    const click = parseClick(new TextDecoder().decode(bytes))
    if (click) {
      const work = act(click, store, { fetch: options.fetch ?? fetch })
      runBehind(work, ctx)
    }
    return new Response(null)
  }
}

/**
 * Runs work in `waitUntil`. A detached context throws.
 */
function runBehind(work: Promise<void>, ctx: WaitUntil | undefined): void {
  try {
    ctx?.waitUntil(work)
  } catch {
    // The work continues, as on a host without a context.
    void work
  }
}

async function isFromSlack(
  headers: Headers,
  body: Uint8Array,
  secret: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const timestamp = headers.get('x-slack-request-timestamp') ?? ''
  if (!/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return false
  const offered = headers.get('x-slack-signature') ?? ''
  const signature = offered.startsWith('v0=') ? fromHex(offered.slice(3)) : undefined
  return signature !== undefined && hmacVerify(secret, signature, `v0:${timestamp}:`, body)
}

/**
 * Reads a click; null for another app's.
 * https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
 */
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

/**
 * Changes the issue.
 * @returns the answer for the channel. Never rejects, because it runs in the background
 */
async function change(
  { action, fingerprint, who }: Click,
  store: Pick<Store, 'setIssue'>,
): Promise<string> {
  const now = Date.now()
  const resolve = action === RESOLVE
  try {
    const wanted = resolve ? { state: 'resolved' as const } : { mutedUntil: now + HOUR_MS }
    if (!(await store.setIssue(fingerprint, wanted, { now, who })))
      return 'This issue is no longer stored.'
    return resolve ? `Resolved by ${who}.` : `Muted for an hour by ${who}.`
  } catch {
    // The store's error stays out of the channel.
    return 'The database could not be reached: nothing has changed, try again.'
  }
}
