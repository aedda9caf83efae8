import { makeFetch } from './_app.ts'

declare const Bun: { serve(options: object): unknown }

const fetch = makeFetch()
const port = Number(process.env['PORT'])
Bun.serve({ port, hostname: '127.0.0.1', fetch: (request: Request) => fetch(request) })
