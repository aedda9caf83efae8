/**
 * A transport that goes nowhere: every POST is answered at once, in the words its sender
 * understands.
 */
export async function nowhere(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const isPipeline = input instanceof Request && input.url.endsWith('/pipeline')
  if (isPipeline) return Response.json(pipelineReply(await input.text()))
  // What is sent is not read: a real fetch would send it without a look.
  void init
  return Response.json({ id: '1' }, { status: 201 })
}

/**
 * Says yes to every statement, as libSQL does
 * (https://github.com/tursodatabase/libsql/blob/main/docs/HTTP_V2_SPEC.md).
 */
function pipelineReply(request: string): object {
  const result = {
    cols: [],
    rows: [],
    affected_row_count: 1,
    last_insert_rowid: null,
    replication_index: null,
  }
  const stored = count(request, '"type":"store_sql"')
  const steps = count(request, '"stmt":')
  const results = Array.from({ length: stored }, () => ok({ type: 'store_sql' }))
  const step = { step_results: fill(steps, result), step_errors: fill(steps, null) }
  results.push(ok({ type: 'batch', result: step }), ok({ type: 'close' }))
  return { baton: null, base_url: null, results }
}

function ok(response: object): object {
  return { type: 'ok', response }
}

function fill(length: number, value: unknown): unknown[] {
  return Array.from({ length }, () => value)
}

function count(text: string, needle: string): number {
  let found = 0
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length))
    found++
  return found
}
