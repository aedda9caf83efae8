import type { Splicer } from './_splicer.ts'

/** Where the chunks come from; null after the last one. */
export interface Source {
  next(): Promise<Uint8Array | null>
  cancel(reason: unknown): Promise<void>
}

/**
 * The rest of a body as a stream: `ready`, then what the source gives. A chunk is asked for when
 * the one before it has been read; a cancel reaches the source, and the error of the source reaches
 * the reader.
 *
 * workerd's IdentityTransformStream was tried and is no faster here; and a source in JavaScript
 * does not hear of a client that disconnects from its other end.
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
