/**
 * The members of other hosts that the examples use: their full types would clash with those of
 * Node.
 */

interface ServeInfo {
  remoteAddr: { hostname: string }
}

declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(
    options: { port: number; hostname: string },
    handler: (request: Request, info: ServeInfo) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> }
  addSignalListener(signal: 'SIGTERM', listener: () => void): void
  exit(): never
}

declare const Bun: {
  serve(options: {
    port: number
    hostname: string
    fetch(request: Request, server: object): Response | Promise<Response>
  }): { stop(): Promise<void> }
}

/** What a Pages Function is called with. */
interface EventContext<Env> {
  request: Request
  env: Env
  next(): Promise<Response>
  waitUntil(promise: Promise<unknown>): void
}

type PagesFunction<Env = unknown> = (context: EventContext<Env>) => Response | Promise<Response>
