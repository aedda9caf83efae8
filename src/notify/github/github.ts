import type { Alert, IssueAlert } from '../../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../../model/channel.ts'
import { budget, type ChannelOptions, exchange, isReply, type PostRequest } from '../http/post.ts'
import {
  judgeStatus,
  rateLimited,
  replyObject,
  retryAfterMs,
  type Failure,
  type Reply,
} from '../http/refusal.ts'
import { badOption, isBlank, missingChannel } from '../http/url.ts'
import { type AppTokens, type GitHubApp, appTokens } from './_app-token.ts'
import { commentText, issueText, issueTitle, markerOf } from './_text.ts'

export type { GitHubApp } from './_app-token.ts'

/** Options of `github()`. */
export interface GitHubOptions extends ChannelOptions {
  /** `owner/name` of the repository. */
  repo: string
  /** A fine-grained token that may read and write issues. Either this or `app`. */
  token?: string | undefined
  /** A GitHub App, whose tokens the channel asks for by itself. Either this or `token`. */
  app?: GitHubApp
  /**
   * Labels of new issues.
   * @default ['klaxon']
   */
  labels?: readonly string[]
  /**
   * The API of a GitHub Enterprise Server, `https://HOST/api/v3`.
   * @default 'https://api.github.com'
   */
  apiUrl?: string
}

/** One attempt to send an alert, and the ms that remain for it. */
interface Attempt {
  context: SendContext
  left: () => number
}

type Answer = { value: Record<string, unknown> } | Failure

const isFailure = (answer: Answer): answer is Failure => 'ok' in answer

/**
 * Makes a channel that keeps a GitHub issue for each issue. It opens the GitHub issue at the first
 * alert, comments when the issue comes back or its count passes a milestone, and closes it when the
 * issue is resolved.
 *
 * @throws KlaxonError when `repo` is not `owner/name`, or a member of `app` is missing
 * @example
 * notify: {
 *   to: github({ repo: 'acme/shop', token: env.GITHUB_TOKEN }),
 *   when: (issue) => issue.kind === 'thrown',
 * }
 */
export function github(options: GitHubOptions): Channel {
  const { name = 'github', repo, token, app, labels = ['klaxon'], timeoutMs } = options
  const apiUrl = (options.apiUrl ?? 'https://api.github.com').replace(/\/$/, '')
  if (app !== undefined && token !== undefined)
    throw badOption('github(): pass either `token` or `app`')
  if (app === undefined && isBlank(token)) return missingChannel(name, 'token')
  if (app !== undefined && isBlank(app.privateKey)) return missingChannel(name, 'app.privateKey')
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repo ?? ''))
    throw badOption('github(): option `repo` must be `owner/name`')
  const base = `${apiUrl}/repos/${repo}`
  const tokens = app === undefined ? fixedToken(token!) : appTokens(app, apiUrl)

  const request = async (parts: Omit<PostRequest, 'headers'>, { context, left }: Attempt) => {
    const granted = await tokens.get(context, left())
    if ('ok' in granted) return granted
    const headers = {
      authorization: `Bearer ${granted.token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    }
    return exchange({ ...parts, headers, timeoutMs: left() }, context)
  }

  const call = async (
    method: string,
    path: string,
    body: object | null,
    attempt: Attempt,
  ): Promise<Answer> => {
    const url = path.startsWith('http') ? path : base + path
    const parts = { url, method, body: body === null ? undefined : JSON.stringify(body) }
    let reply = await request(parts, attempt)
    if (app !== undefined && isReply(reply) && reply.status === 401) {
      // The token was revoked before its end.
      tokens.forget()
      reply = await request(parts, attempt)
    }
    if (!isReply(reply)) return reply
    const judged = judge(reply)
    return judged.ok ? { value: replyObject(reply) ?? {} } : judged
  }

  /** The number of the GitHub issue, from the store, else by a search for the mark in its text. */
  const find = async (alert: IssueAlert, attempt: Attempt): Promise<number | null | Failure> => {
    const { fingerprint } = alert.issue
    const kept = Number(await attempt.context.threads?.get(fingerprint))
    if (Number.isSafeInteger(kept) && kept > 0) return kept
    if (alert.reason === 'new') return null
    const query = `repo:${repo} in:body type:issue "${markerOf(fingerprint)}"`
    const found = await call(
      'GET',
      `${apiUrl}/search/issues?per_page=1&q=${encodeURIComponent(query)}`,
      null,
      attempt,
    )
    if (isFailure(found)) return found.permanent ? null : found
    const [first] = (found.value['items'] ?? []) as { number?: unknown }[]
    return typeof first?.number === 'number' ? first.number : null
  }

  const open = async (alert: IssueAlert, attempt: Attempt): Promise<SendResult> => {
    const body = { title: issueTitle(alert), body: issueText(alert), labels }
    const made = await call('POST', '/issues', body, attempt)
    if (isFailure(made)) return made
    await attempt.context.threads?.set(alert.issue.fingerprint, String(made.value['number']))
    return { ok: true }
  }

  const comment = async (number: number, text: string, attempt: Attempt): Promise<Answer> =>
    call('POST', `/issues/${number}/comments`, { body: text }, attempt)

  return {
    name,
    address: `${apiUrl} ${repo}`,
    secrets: [app === undefined ? token! : app.privateKey!],
    async send(alert: Alert, context: SendContext): Promise<SendResult> {
      // A digest does not belong to one issue.
      if (alert.kind === 'digest') return { ok: true }
      const attempt = { context, left: budget(timeoutMs) }
      if (alert.reason === 'test') return resultOf(await call('GET', '', null, attempt))
      const number = await find(alert, attempt)
      if (typeof number === 'object' && number !== null) return number
      if (number === null) return open(alert, attempt)
      const said = await comment(number, commentText(alert), attempt)
      // The issue was deleted or moved: open a new one.
      if (isFailure(said)) return GONE_REASON.test(said.reason) ? open(alert, attempt) : said
      // The comment is out. A failed change of the state must not send it again.
      if (alert.reason === 'regression')
        await call('PATCH', `/issues/${number}`, { state: 'open' }, attempt)
      return { ok: true }
    },
    async resolve(alert: IssueAlert, context: SendContext): Promise<SendResult> {
      const attempt = { context, left: budget(timeoutMs) }
      const number = await find(alert, attempt)
      if (typeof number === 'object' && number !== null) return number
      if (number === null) return { ok: true }
      const change = { state: 'closed', state_reason: 'completed' }
      return resultOf(await call('PATCH', `/issues/${number}`, change, attempt))
    },
  }
}

function fixedToken(token: string): AppTokens {
  return { get: async () => ({ token }), forget() {} }
}

/** Not the refusal of a token, which has words before it. */
const GONE_REASON = /^answered (?:404|410)/

function resultOf(answer: Answer): SendResult {
  return isFailure(answer) ? answer : { ok: true }
}

/** ms of pause after a limit without a time. GitHub asks for a minute at least. */
const LIMIT_SECONDS = 60

/**
 * Recognises a rate limit: a 429, or a 403 with such a message:
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
function judge(reply: Reply): SendResult {
  const { status, headers } = reply
  const isUsedUp = headers.get('x-ratelimit-remaining') === '0'
  const hasPause = retryAfterMs(headers) !== undefined
  const isLimit = isUsedUp || hasPause || /secondary rate limit|abuse/i.test(reply.text)
  if (status !== 429 && !(status === 403 && isLimit)) return judgeStatus(reply)
  if (hasPause) return rateLimited(reply)
  const reset = isUsedUp ? Number(headers.get('x-ratelimit-reset')) : 0
  return rateLimited(reply, reset > 0 ? Math.max(0, reset - Date.now() / 1_000) : LIMIT_SECONDS)
}
