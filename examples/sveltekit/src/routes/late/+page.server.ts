/** Streamed: the response is out when this fails. */
export const load = () => ({ later: failing() })

async function failing(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 20))
  throw new Error('The stream dried up')
}
