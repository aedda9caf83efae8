/** The part of Next.js that the example uses. Next.js is too large for `npm ci`. */
declare module 'next/navigation' {
  /** Throws an error again if it belongs to Next.js. */
  export function unstable_rethrow(error: unknown): void
}
