import { behaves } from '../_behaviour.ts'
import { workerdHost } from '../_workerd.ts'

behaves('a WorkerEntrypoint class, workerd, sqld', () =>
  workerdHost({ entry: 'examples/entrypoint.ts' }),
)

behaves("a Durable Object's fetch behind a Worker, workerd, sqld", () =>
  workerdHost({ entry: 'examples/durable-object.ts', durableObjects: { ROOM: 'Room' } }),
)
