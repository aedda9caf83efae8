/** The HTTP server of `klaxon dash`. The build bundles it, so that npm installs one package. */
export { getRequestListener } from '@hono/node-server'
