import { toQueuedOccurrence } from '../model/queued-occurrence.ts'
import { byteLength } from '../util/safe-text.ts'
import type { Fallback } from '../model/fallback.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'

/** The part of a Queues producer binding that klaxon uses. */
export interface QueueBinding {
  sendBatch(messages: Iterable<{ body: unknown }>): Promise<unknown>
}

/** The body of a message: several occurrences. */
interface MessageBody {
  klaxon: 'records'
  entries: unknown[]
}

/**
 * A batch that a consumer gets:
 * https://developers.cloudflare.com/queues/configuration/javascript-apis/
 */
export interface QueueBatch {
  queue: string
  messages: readonly QueueMessage[]
}

/** A message of such a batch. */
export interface QueueMessage {
  body: unknown
  attempts?: number
  ack(): void
  retry(options?: { delaySeconds?: number }): void
}

/**
 * Bytes of JSON in one message. Queues takes 128 KB in a message, and 256 KB and 100 messages in a
 * call; the difference is left for its own framing.
 * https://developers.cloudflare.com/queues/platform/limits/
 */
const MESSAGE_BYTES = 100_000
/** Bytes of JSON in one call. */
const CALL_BYTES = 230_000

/** Packs occurrences into messages, and messages into calls. */
function pack(queued: readonly QueuedOccurrence[]): { body: MessageBody }[][] {
  const calls: { body: MessageBody }[][] = []
  let body: MessageBody | undefined
  let messageBytes = 0
  let callBytes = 0
  for (const each of queued) {
    const bytes = byteLength(JSON.stringify(each))
    const isFull = body === undefined || messageBytes + bytes > MESSAGE_BYTES
    if (calls.length === 0 || (isFull && callBytes + bytes > CALL_BYTES - MESSAGE_BYTES)) {
      calls.push([])
      callBytes = 0
      body = undefined
    }
    if (body === undefined || isFull) {
      body = { klaxon: 'records', entries: [] }
      messageBytes = 0
      calls.at(-1)!.push({ body })
    }
    body.entries.push(each)
    messageBytes += bytes
    callBytes += bytes
  }
  return calls
}

/**
 * A fallback that sends occurrences to a Cloudflare Queue. The wrapped export consumes them itself.
 * Give the queue a dead-letter queue, which keeps occurrences that the store refuses for good.
 *
 * @param binding the producer binding of the queue
 * @example
 * withKlaxon(app, (env) => ({
 *   store: libsql({ url: env.LIBSQL_URL }),
 *   fallback: queue(env.KLAXON_QUEUE),
 * }))
 */
export function queue(binding: QueueBinding): Fallback {
  const isBinding = typeof binding?.sendBatch === 'function'
  return {
    name: 'queue',
    ...(isBinding ? {} : { problem: NO_BINDING }),
    async put(queued) {
      for (const messages of pack(queued)) await binding.sendBatch(messages)
    },
  }
}

const NO_BINDING =
  'must be queue(env.NAME) with a producer binding of Cloudflare Queues; ' +
  'is NAME spelt as in the wrangler config?'

function isMessageBody(body: unknown): body is MessageBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    (body as MessageBody).klaxon === 'records' &&
    Array.isArray((body as MessageBody).entries)
  )
}

/** Whether a batch contains klaxon's messages and no others. */
export function isKlaxonBatch(event: unknown): event is QueueBatch {
  const messages = (event as QueueBatch | null | undefined)?.messages
  return (
    Array.isArray(messages) &&
    messages.length > 0 &&
    messages.every((message: QueueMessage) => isMessageBody(message.body))
  )
}

/** Seconds at most until a message is tried again. Queues allows 12 hours. */
const MAX_DELAY_S = 3_600

/**
 * Writes the occurrences of each message. A message that fails is retried alone, with growing
 * pauses. Unreadable occurrences are skipped, and a message that has no others goes to the
 * dead-letter queue.
 * @param onUnreadable called with the number of occurrences that could not be read
 */
export async function consume(
  batch: QueueBatch,
  write: (queued: readonly QueuedOccurrence[]) => Promise<void>,
  onUnreadable: (count: number) => void,
): Promise<void> {
  for (const message of batch.messages) {
    const { entries } = message.body as MessageBody
    const queued = entries.flatMap((entry) => toQueuedOccurrence(entry) ?? [])
    const unreadable = entries.length - queued.length
    if (unreadable > 0) onUnreadable(unreadable)
    try {
      if (queued.length > 0) await write(queued)
      if (queued.length > 0 || unreadable === 0) message.ack()
      else retry(message)
    } catch {
      // The queue keeps the message, and moves it to the dead-letter queue after its last retry.
      retry(message)
    }
  }
}

function retry(message: QueueMessage): void {
  message.retry({ delaySeconds: Math.min(MAX_DELAY_S, 10 * 2 ** (message.attempts ?? 1)) })
}
