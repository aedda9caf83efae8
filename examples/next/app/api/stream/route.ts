import { route } from '../../../klaxon'

export const GET = route('/api/stream', () => {
  const headers = { 'content-type': 'text/event-stream' }
  return new Response('event: tick\ndata: 1\n\n', { headers })
})
