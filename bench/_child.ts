import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of this benchmark that takes orders and answers each with one message. */
export interface Child<Order, Answer> {
  pid: number
  ask(order: Order): Promise<Answer>
  stop(): void
}

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts a file of kernels/ and resolves when it says that it is ready. */
export async function start<Order extends object, Answer>(
  kernel: string,
  args: readonly string[],
): Promise<Child<Order, Answer>> {
  const path = fileURLToPath(new URL(`kernels/${kernel}.ts`, import.meta.url))
  const child = fork(path, args, {
    execArgv: ['--no-warnings', '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  await answer(child)
  return {
    pid: child.pid!,
    ask(order) {
      child.send(order)
      return answer<Answer>(child)
    },
    stop: () => void child.kill(),
  }
}

function answer<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null): void =>
      reject(new Error(`A process of the benchmark ended with ${code}`))
    child.once('exit', failed)
    child.once('message', (message) => {
      child.off('exit', failed)
      resolve(message as Answer)
    })
  })
}
