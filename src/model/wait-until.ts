/** The one member of an execution context that klaxon uses. */
export interface WaitUntil {
  waitUntil(promise: Promise<unknown>): void
}
