export const GET = () =>
  new Response('event: tick\ndata: 1\n\n', { headers: { 'content-type': 'text/event-stream' } })
