/** `captured = stored + fallback + logged + dropped + inFlight`, at every moment. */
export interface Stats {
  captured: number
  stored: number
  /** Handed to the fallback. */
  fallback: number
  /** Written to the log as a last resort. */
  logged: number
  /** By reason; empty unless even the log refused. */
  dropped: Record<string, number>
  inFlight: number
}

export function createStats(): Stats {
  return { captured: 0, stored: 0, fallback: 0, logged: 0, dropped: {}, inFlight: 0 }
}
