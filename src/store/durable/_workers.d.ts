/** The part of workerd's module that klaxon uses. `wrangler types` declares all of it. */
declare module 'cloudflare:workers' {
  interface Context {
    waitUntil(promise: Promise<unknown>): void
  }
  export class WorkerEntrypoint<Env = object> {
    constructor(ctx: object, env: object)
    ctx: Context
    env: Env
  }
  export class DurableObject<Env = object> {
    constructor(ctx: object, env: object)
    ctx: Context
    env: Env
  }
}
