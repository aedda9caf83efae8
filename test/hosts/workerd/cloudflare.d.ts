/**
 * The types of the Workers runtime that the tests use. Its full types would clash with those of
 * Node.
 */
declare module 'cloudflare:test' {
  export interface TestContext {
    waitUntil(promise: Promise<unknown>): void
    passThroughOnException(): void
  }
  export function createExecutionContext(): TestContext
  export function waitOnExecutionContext(ctx: TestContext): Promise<void>
}

declare module 'cloudflare:workers' {
  export const env: { LIBSQL_URL: string; LIBSQL_AUTH_TOKEN?: string; SLACK_WEBHOOK_URL?: string }
  export const exports: {
    default: { fetch(input: Request | string, init?: RequestInit): Promise<Response> }
  }
  export function waitUntil(promise: Promise<unknown>): void
}

declare class FixedLengthStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor(length: number)
}
