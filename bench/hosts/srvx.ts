import { serve } from 'srvx/node'
import { makeFetch } from './_app.ts'

serve({
  fetch: makeFetch(),
  port: Number(process.env['PORT']),
  hostname: '127.0.0.1',
  silent: true,
})
