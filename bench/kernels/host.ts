/**
 * Runs a kernel that is written as a Worker in Node: each order is a query, each answer the JSON it
 * gives.
 */
const { default: kernel } = (await import(process.argv[2]!)) as {
  default: { fetch(request: Request): Promise<Response> }
}

process.on('message', ({ query }: { query: string }) => {
  void kernel
    .fetch(new Request(`http://kernel/?${query}`))
    .then(async (response) => process.send!(await response.json()))
})
process.send!('ready')
