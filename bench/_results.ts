import type { Size } from './_bundle.ts'
import type { Runtime } from './_kernel.ts'
import type { Rounds } from './_stats.ts'
import type { Text } from './bodies.ts'
import type { CallCosts } from './calls.ts'
import type { Memory } from './memory.ts'
import type { Requests } from './requests.ts'
import type { Servers } from './servers.ts'
import type { Burst, PeerHost, Workers } from './workers.ts'

export interface Results {
  machine: string
  servers: Servers
  quick: boolean
  wrapping: Rounds
  requests: Requests
  calls: Map<Runtime, CallCosts[]>
  workers: Map<PeerHost, Workers>
  burst: Burst
  bodies: Map<Runtime, Map<Text, Map<number, Rounds>>>
  memory: Map<Runtime, Memory>
  sizes: Map<string, Size>
}
