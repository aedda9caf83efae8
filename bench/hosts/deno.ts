import { makeFetch } from './_app.ts'

declare const Deno: {
  env: { get(name: string): string }
  serve(options: object, handler: unknown): unknown
}

const fetch = makeFetch()
const port = Number(Deno.env.get('PORT'))
Deno.serve({ port, hostname: '127.0.0.1', onListen() {} }, (request: Request) => fetch(request))
