import { route } from '../klaxon'

export const GET = route('/', () => new Response('klaxon example, Next'))
