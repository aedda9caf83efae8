import type { Splicer } from './_splicer.ts'

/** Where the chunks come from; null after the last one. */
export interface Source {
  next(): Promise<Uint8Array | null>
  cancel(reason: unknown): Promise<void>
}

/**
 * The rest of a body as a stream: `ready`, then what the source gives when somebody asks for it. Nothing is
 * read ahead; a cancel reaches the source, and its error reaches the reader.
 */
export function flow(
  source: Source,
  ready: readonly Uint8Array[],
  splicer: Splicer | null,
): ReadableStream<Uint8Array> {
  let waiting = ready.length > 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let parts = waiting ? ready : []
        waiting = false
        while (parts.length === 0) {
          const chunk = await source.next()
          if (chunk !== null) parts = splicer === null ? [chunk] : splicer.push(chunk)
          else {
            for (const part of splicer?.finish() ?? []) controller.enqueue(part)
            return controller.close()
          }
        }
        for (const part of parts) if (part.length > 0) controller.enqueue(part)
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
