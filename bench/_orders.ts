/** What the parent asks a child process for. */
export interface Order {
  /** Which of the bundles that the child was started with. @default 0 */
  subject?: number
  path: string
  times: number
  /** Time until the response is there, or CPU of all threads in all. */
  what: 'time' | 'cpu'
}

/** µs a request, and how many requests went out meanwhile. */
export interface Cost {
  micros: number
  posts: number
}

export function isFailing(path: string): boolean {
  return path === '/nowhere' || path === '/throws'
}
