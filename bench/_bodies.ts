/**
 * JSON as APIs send it, of about `bytes` bytes: a message, then records with numbers, texts and
 * nesting. Real texts are seldom all ASCII, and a string that is makes a body faster: both are
 * measured.
 */
export function apiJson(bytes: number, ascii = false): string {
  const dash = ascii ? '-' : '–'

  const records: string[] = []
  let size = 40
  for (let id = 1; size < bytes; id++) {
    const record = JSON.stringify({
      id,
      name: `Customer ${id}`,
      email: `c${id}@example.com`,
      active: id % 3 !== 0,
      total: id * 12.5,
      tags: ['new', 'eu'],
      note: `Called twice, wants "express" delivery ${dash} ask again.`,
    })
    if (size + record.length > bytes && records.length > 0) break
    records.push(record)
    size += record.length + 1
  }
  return `{"message":"ok","page":1,"data":[${records.join(',')}]}`
}

export const SMALL = apiJson(200)
export const LARGE = apiJson(20_000)
