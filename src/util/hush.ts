/** Not `Symbol()`: two installed copies of klaxon must agree on it. */
const HUSHED = Symbol.for('klaxon.hush')

/** The same mark on a Hono context. It holds when middleware replaces the response. */
export const HUSHED_KEY = 'klaxon.hush'

/**
 * Marks a response as not to be captured. The dashboard's own 401 or 404 is no issue of the app.
 */
export function hush(response: Response): void {
  Object.defineProperty(response, HUSHED, { value: true, configurable: true })
}

export function isHushed(response: object): boolean {
  return HUSHED in response
}
