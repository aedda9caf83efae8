export const GET = () => {
  const headers = { 'content-type': 'text/event-stream' }
  return new Response('event: tick\ndata: 1\n\n', { headers })
}
