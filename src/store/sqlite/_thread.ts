import type { Worker } from 'node:worker_threads'
import { StoreError } from '../../model/store-error.ts'
import type { SqlStatement } from '../sql/driver.ts'
import { THREAD_CODE } from './_thread-code.ts'

/** Parts that the thread runs in one transaction. */
export interface ThreadRequest {
  parts: readonly (readonly SqlStatement[])[]
  mode: 'read' | 'write'
  /** Whether each part gets a savepoint. */
  savepoints: boolean
}

interface ThreadReply {
  id: number
  value?: unknown
  error?: unknown
}

interface PendingRequest {
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

export interface ThreadOptions {
  path: string
  /** ms to wait for the lock of another process before a request fails. */
  lockWaitMs: number
}

/**
 * Runs SQLite in a worker thread, which starts with the first request. SQLite is synchronous, and a
 * million rows or a slow disk must not block the server. The thread keeps the process alive only
 * while a request is open.
 */
export function createThread(options: ThreadOptions): <T>(request: ThreadRequest) => Promise<T> {
  let worker: Promise<Worker> | undefined
  let lastId = 0
  const waiting = new Map<number, PendingRequest>()

  async function start(): Promise<Worker> {
    const { Worker } = await import('node:worker_threads')
    // `execArgv`: the thread needs none of the process's flags, such as a loader.
    const thread = new Worker(THREAD_CODE, { eval: true, workerData: options, execArgv: [] })
    thread.unref()
    thread.on('message', ({ id, value, error }: ThreadReply) => {
      const request = waiting.get(id)
      waiting.delete(id)
      if (waiting.size === 0) thread.unref()
      if (error === undefined) request?.resolve(value as never)
      else request?.reject(error)
    })
    const end = (): void => {
      worker = undefined
      for (const { reject } of waiting.values()) reject(new StoreError('transient'))
      waiting.clear()
    }
    thread.on('error', end)
    thread.on('exit', end)
    return thread
  }

  return async <T>(request: ThreadRequest): Promise<T> => {
    const thread = await (worker ??= start().catch(() => {
      worker = undefined
      // The host has no threads, as workerd, or does not allow them.
      throw new StoreError('refused', { code: 'NO_THREADS' })
    }))
    return new Promise<T>((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, { resolve, reject })
      thread.ref()
      thread.postMessage({ id, ...request })
    })
  }
}
