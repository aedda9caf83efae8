import { FastResponse, serve } from 'srvx/node'
import { makeFetch } from './_app.ts'

// As srvx advises for Node.
globalThis.Response = FastResponse as never
serve({
  fetch: makeFetch(),
  port: Number(process.env['PORT']),
  hostname: '127.0.0.1',
  silent: true,
})
