export const GET = () => new Response('klaxon example, Astro')
