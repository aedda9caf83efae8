import type { Figure } from './_figures.ts'
import type { Runtime } from './_kernel.ts'
import type { Results } from './_results.ts'
import { added, against, ratio } from './_stats.ts'
import { TRIED } from './_tried.ts'

const MB = 1_000_000

/** Every promise that is measured in process, or on workerd beside the peers. */
export function promises(results: Results): Figure[] {
  return [
    ...happyPath(results),
    ...bodies(results),
    ...failingPath(results),
    ...memory(results),
    ...sizes(results),
  ]
}

function happyPath({ wrapping, calls }: Results): Figure[] {
  const call = (runtime: Runtime, variant: string, bound: number, tried: string): Figure => ({
    what: `added to one async call that succeeds, ${variant}, ${runtime}`,
    measured: calls.get(runtime)!.find((cost) => cost.variant === variant)!.added,
    unit: ' ns',
    ...most(bound, tried),
  })
  return [
    {
      what: '`withKlaxon(app)` / bare Hono app, 200 with no envelope, Node, in process',
      measured: against(wrapping, 'bare', 'klaxon', ratio),
      unit: '×',
      ...most(1.03, TRIED.wrap),
    },
    {
      what: 'Hono middleware / an empty middleware, Node, in process',
      measured: against(wrapping, 'empty middleware', 'klaxon middleware', ratio),
      unit: '×',
      ...most(1.03, TRIED.middleware),
    },
    call('Node', 'klaxon, no envelope', 80, TRIED.call),
    call('workerd', 'klaxon, no envelope', 100, TRIED.call),
    call('Node', 'klaxon, outside the API path', 110, TRIED.apiCall),
    call('workerd', 'klaxon, outside the API path', 155, TRIED.apiCall),
  ]
}

const BODY_BOUNDS = { 200: 1, 2_000: 0.85, 20_000: 0.7 }

function bodies({ bodies: byRuntime }: Results): Figure[] {
  return [...byRuntime].flatMap(([runtime, byText]) =>
    Object.entries(BODY_BOUNDS).flatMap(([size, bound]): Figure[] => {
      const rounds = byText.get('utf-8')!.get(Number(size))
      if (rounds === undefined) return []
      return [
        {
          what: `envelope / \`json()\` + \`Response.json()\`, ${size} B, ${runtime}, in process`,
          measured: against(rounds, 'json() + Response.json()', 'klaxon', ratio),
          unit: '×',
          ...most(bound, TRIED.envelope),
        },
      ]
    }),
  )
}

function failingPath({ requests, workers: byHost, burst }: Results): Figure[] {
  const workers = byHost.get('workerd')!
  return [
    {
      what: 'added until the response when the handler throws, Node',
      measured: against(requests.time.get('throw')!, 'bare', 'klaxon', added),
      unit: ' µs',
      ...most(13, TRIED.throwTime),
    },
    {
      what: 'CPU per captured error in a storm, Node',
      measured: against(requests.cpu.get('throw')!, 'bare', 'klaxon', added),
      unit: ' µs',
      ...most(40, TRIED.storm),
    },
    {
      what: 'workerd, every request throws, each stored: req/s of bare',
      measured: against(workers.perSecond.get('throw')!, 'bare', 'klaxon', ratio),
      unit: '×',
      bound: 0.5,
      at: 'least',
      tried: TRIED.workerd,
    },
    {
      what: 'workerd, every request throws, each stored: CPU of a POST by hand',
      measured: against(workers.cpu.get('throw')!, 'one POST by hand', 'klaxon', ratio),
      unit: '×',
      ...most(0.9, TRIED.workerd),
    },
    {
      what: 'database round trips for 1,000 errors in one burst',
      measured: burst.roundTrips,
      unit: '',
      ...most(12, TRIED.burst),
    },
  ]
}

function memory({ memory: byRuntime }: Results): Figure[] {
  const through = [...byRuntime].map(([runtime, measured]): Figure => ({
    what: `memory a 100 MB body adds by streaming through, ${runtime}`,
    measured: (measured.through - measured.past) / MB,
    unit: ' MB',
    ...most(8, TRIED.memory),
  }))
  const givenAtFirst: Figure = {
    what: 'of 100 MB, given by the source when the first byte is out, workerd',
    measured: byRuntime.get('workerd')!.givenAtFirst / MB,
    unit: ' MB',
    ...most(2, TRIED.memory),
  }
  return [...through, givenAtFirst]
}

function sizes({ sizes: all }: Results): Figure[] {
  const gzipOf = (name: string): number => all.get(`klaxon, ${name}`)!.gzip
  const size = (name: string, bound: number): Figure => ({
    what: `${name}, minified + gzip`,
    measured: gzipOf(name) / 1000,
    unit: ' KB',
    ...most(bound, TRIED.size),
  })
  return [
    size('core', 34),
    size('Worker with core, libsql and slack', 64),
    size('Worker with core, d1 and slack', 50),
    {
      what: "a Hono Worker's growth by the dashboard, minified + gzip",
      measured: (gzipOf('Hono Worker with the dashboard') - gzipOf('Hono Worker')) / 1000,
      unit: ' KB',
      ...most(25, TRIED.dashboard),
    },
  ]
}

function most(bound: number, tried: string): Pick<Figure, 'bound' | 'at' | 'tried'> {
  return { bound, at: 'most', tried }
}
