/**
 * A server that takes any POST and keeps nothing; in a process of its own, so that it can use the
 * other core.
 */
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  request.resume()
  request.once('end', () => {
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': 10 })
    response.end('{"id":"1"}')
  })
})
server.listen(0, '127.0.0.1', () => {
  process.on('message', () => process.send!(server.address()))
  process.send!('ready')
})
