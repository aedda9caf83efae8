import { byteLength } from '../core/safe-text.ts'
import type { Entry, Fallback } from '../core/types.ts'

/** The one member of a Queues producer binding that is used. */
export interface QueueBinding {
  sendBatch(messages: Iterable<{ body: unknown }>): Promise<unknown>
}

/** A message that carries records. */
interface Parcel {
  klaxon: 'records'
  entries: Entry[]
}

/** A batch as the consumer gets it: https://developers.cloudflare.com/queues/configuration/javascript-apis/ */
export interface QueueBatch {
  queue: string
  messages: readonly QueueMessage[]
}

export interface QueueMessage {
  body: unknown
  attempts?: number
  ack(): void
  retry(options?: { delaySeconds?: number }): void
}

/**
 * Bytes of JSON in one message and in one call. Queues takes 128 KB a message and 256 KB and 100 messages a call,
 * https://developers.cloudflare.com/queues/platform/limits/; the rest is left for its own envelope.
 */
const MESSAGE_BYTES = 100_000
const CALL_BYTES = 230_000

/** Records in parcels that fit a message each, and parcels in calls. */
function pack(entries: readonly Entry[]): { body: Parcel }[][] {
  const calls: { body: Parcel }[][] = []
  let parcel: Parcel | undefined
  let parcelBytes = 0
  let callBytes = 0
  for (const entry of entries) {
    const bytes = byteLength(JSON.stringify(entry))
    const isFull = parcel === undefined || parcelBytes + bytes > MESSAGE_BYTES
    if (calls.length === 0 || (isFull && callBytes + bytes > CALL_BYTES - MESSAGE_BYTES)) {
      calls.push([])
      callBytes = 0
      parcel = undefined
    }
    if (parcel === undefined || isFull) {
      parcel = { klaxon: 'records', entries: [] }
      parcelBytes = 0
      calls.at(-1)!.push({ body: parcel })
    }
    parcel.entries.push(entry)
    parcelBytes += bytes
    callBytes += bytes
  }
  return calls
}

/**
 * Hands records that the store refused to a Cloudflare Queue. The wrapped export consumes them itself; give the
 * queue a dead-letter queue, so that what the store refuses for good stays somewhere.
 */
export function queue(binding: QueueBinding): Fallback {
  return {
    name: 'queue',
    async put(entries) {
      for (const messages of pack(entries)) await binding.sendBatch(messages)
    },
  }
}

function isParcel(body: unknown): body is Parcel {
  return (
    typeof body === 'object' &&
    body !== null &&
    (body as Parcel).klaxon === 'records' &&
    Array.isArray((body as Parcel).entries)
  )
}

/** Whether a batch holds klaxon's own records and nothing else. */
export function isKlaxonBatch(event: unknown): event is QueueBatch {
  const messages = (event as QueueBatch | null | undefined)?.messages
  return (
    Array.isArray(messages) &&
    messages.length > 0 &&
    messages.every((message: QueueMessage) => isParcel(message.body))
  )
}

/** Cap of the pause before a message comes again, in seconds; Queues allows 12 hours. */
const MAX_DELAY_S = 3_600

/** Writes each message's records; what fails is retried by itself, later and later. */
export async function consume(
  batch: QueueBatch,
  write: (entries: readonly Entry[]) => Promise<void>,
): Promise<void> {
  for (const message of batch.messages) {
    try {
      await write((message.body as Parcel).entries)
      message.ack()
    } catch {
      // The queue keeps the message; after its last retry it goes to the dead-letter queue.
      message.retry({ delaySeconds: Math.min(MAX_DELAY_S, 10 * 2 ** (message.attempts ?? 1)) })
    }
  }
}
