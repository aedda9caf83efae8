import { serve } from '@hono/node-server'
import { makeFetch } from './_app.ts'

serve({ fetch: makeFetch() as never, port: Number(process.env['PORT']), hostname: '127.0.0.1' })
