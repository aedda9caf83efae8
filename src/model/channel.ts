import { sha256 } from '../util/sha256.ts'
import type { Alert, IssueAlert } from './alert.ts'

/**
 * The outcome of one attempt to send. `{ ok: false, reason }` alone means that the channel refused
 * this message: klaxon tries it again later, 5 times in all, and sends the messages after it
 * meanwhile.
 */
export type SendResult =
  | { ok: true }
  | {
      ok: false
      /** For the log. Must contain no secret and no echo of the payload. */
      reason: string
      /**
       * ms for which klaxon sends nothing to the channel (429 with `Retry-After`); an hour at most.
       */
      retryAfterMs?: number
      /** The channel refuses for good. klaxon disables it for an hour. */
      permanent?: boolean
      /** The channel could not be reached (network, 503), so the message is not out. */
      unreachable?: boolean
      /**
       * The message was sent and no answer came, so it may be out. klaxon sends it once more at
       * most.
       */
      unanswered?: boolean
    }

/** What klaxon passes to a channel. Tests pass their own. */
export interface SendContext {
  fetch: typeof fetch
  /**
   * The channel's memory of each issue, in the store. Missing without a reachable store.
   */
  threads?: ChannelThreads
}

/**
 * A text for each issue that a channel keeps between alerts, such as the id of the message that
 * starts its thread. Never throws.
 */
export interface ChannelThreads {
  get(fingerprint: string): Promise<string | undefined>
  set(fingerprint: string, value: string): Promise<void>
}

/**
 * Where alerts go. `send` may throw or hang: klaxon limits its time, and treats both as a failure
 * that can pass.
 */
export interface Channel {
  /** Unique among the channels of one klaxon. */
  readonly name: string
  /**
   * Where its messages go, such as a webhook's URL. It must not contain a token that rotates: name
   * and address together are the key of the channel's budget, pauses and pending alerts.
   */
  readonly address?: string
  /**
   * The name of a required option that is empty. klaxon then leaves the channel out and logs one
   * line, so that a secret that is not set yet does not turn the store off.
   */
  readonly missing?: string
  /** Configured tokens and URLs. Redaction replaces them by `[Filtered]` in every occurrence. */
  readonly secrets?: readonly string[]
  send(alert: Alert, context: SendContext): Promise<SendResult>
  /** Closes what `send` opened, such as an incident. Called when the issue is resolved. */
  resolve?(alert: IssueAlert, context: SendContext): Promise<SendResult>
}

/** The former name of `Channel`. */
export type Notifier = Channel

/**
 * The channel's key in the store: its name and a hash of its address. A new address does not
 * inherit the old one's pauses and pending alerts.
 */
export function channelKey({ name, address }: Pick<Channel, 'name' | 'address'>): string {
  // A database cannot hold a lone surrogate, and its text functions end at a NUL.
  const clean = name.replace(/\p{Surrogate}|\0/gu, '\ufffd')
  return address === undefined ? clean : `${clean}:${sha256(address).slice(0, 16)}`
}

/** The name in a channel's key. */
export function channelName(key: string): string {
  return key.replace(/:[0-9a-f]{16}$/, '')
}
