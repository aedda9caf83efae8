import { Hono } from 'hono'
import { klaxon as middleware } from 'klaxon/hono'
import { routes } from './_routes.ts'
import { address, onStop, setUp } from './_setup.ts'

const klaxon = await setUp()
const app = new Hono().use(middleware(klaxon)).route('/', routes)
const server = Bun.serve({ ...address, fetch: app.fetch })

onStop(klaxon, () => server.stop())
