/**
 * The code of the worker thread. It is a text and not a file, so that a bundler includes it. It
 * opens the database with the runtime's built-in SQLite, and answers requests one after the other.
 */
export const THREAD_CODE = `
const { parentPort, workerData } = require('node:worker_threads')

let database
const statements = new Map()

async function open() {
  if (database !== undefined) return database
  if (process.versions.bun) {
    const { Database } = await import('bun:sqlite')
    database = new Database(workerData.path, { create: true, readwrite: true })
  } else {
    // Node 22 warns at every start that its SQLite is experimental. This thread has no other
    // warnings.
    process.removeAllListeners('warning')
    const { DatabaseSync } = await import('node:sqlite')
    database = new DatabaseSync(workerData.path)
  }
  database.exec('pragma busy_timeout = ' + workerData.lockWaitMs)
  // With WAL, readers and the writer do not block each other. When another process has locked the
  // file, that process has set it, or the next start does.
  try { database.exec('pragma journal_mode = wal') } catch {}
  return database
}

function prepared(sql) {
  let statement = statements.get(sql)
  if (statement === undefined) {
    if (statements.size >= 100) statements.clear()
    statement = database.prepare(sql)
    statements.set(sql, statement)
  }
  return statement
}

const runAll = (part) => part.map(({ sql, params }) => ({ rows: prepared(sql).all(...params) }))

function runParts(parts) {
  return parts.map((part) => {
    database.exec('savepoint one')
    try {
      const value = runAll(part)
      database.exec('release one')
      return { status: 'fulfilled', value }
    } catch (error) {
      // A full disk ends the transaction. The savepoint is then gone, and the commit fails.
      database.exec('rollback to one; release one')
      return { status: 'rejected', reason: plain(error) }
    }
  })
}

function inTransaction(mode, work) {
  database.exec(mode === 'write' ? 'begin immediate' : 'begin')
  try {
    const value = work()
    database.exec('commit')
    return value
  } catch (error) {
    // SQLite may have rolled back by itself.
    try { database.exec('rollback') } catch {}
    throw error
  }
}

// An error loses its other members on the way to another thread.
const plain = ({ message, code, errcode, errno }) =>
  ({ message: String(message), code, errcode: errcode ?? (typeof errno === 'number' ? errno : undefined) })

parentPort.on('message', async ({ id, parts, mode, savepoints }) => {
  try {
    await open()
    const value = inTransaction(mode, () => savepoints ? runParts(parts) : runAll(parts[0]))
    parentPort.postMessage({ id, value })
  } catch (error) {
    parentPort.postMessage({ id, error: plain(error) })
  }
})
`
