import type { Splicer } from './splicer.ts'

/** The source of chunks. `next` returns null after the last one. */
export interface Source {
  next(): Promise<Uint8Array | null>
  cancel(reason: unknown): Promise<void>
}

/**
 * Makes a stream of `ready` and the source's chunks. It requests a chunk when the previous one has
 * been read. A cancel reaches the source, and an error of the source reaches the reader.
 *
 * workerd's IdentityTransformStream is no faster here, and does not tell a JavaScript source that
 * the client has disconnected.
 */
export function flow(
  source: Source,
  ready: readonly Uint8Array[],
  splicer: Splicer | null,
): ReadableStream<Uint8Array> {
  const parts = partsOf(source, ready, splicer)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await parts.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

async function* partsOf(
  source: Source,
  ready: readonly Uint8Array[],
  splicer: Splicer | null,
): AsyncGenerator<Uint8Array, void> {
  yield* ready
  for (;;) {
    const chunk = await source.next()
    if (chunk === null) break
    if (splicer === null) yield chunk
    else yield* splicer.push(chunk)
  }
  if (splicer !== null) yield* splicer.finish()
}
