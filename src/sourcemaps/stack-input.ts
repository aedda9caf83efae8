import type { Cause } from '../model/occurrence.ts'
import { plainDebugId } from './debug-id.ts'

/** The parts of an occurrence that `symbolicate` reads. */
export interface OccurrenceStacks {
  errorStack: string | null
  errorName?: string | null
  errorMessage?: string | null
  causes?: readonly Cause[] | null
  release?: string | null
  /** Unix ms. */
  occurredAt?: number
  runtime?: string
  /** Debug ids by file. */
  debugIds?: Record<string, string> | null
}

/** A stack that belongs to no occurrence. */
export interface LooseStack {
  stack: string
  name?: string | null
  message?: string | null
  causes?: readonly Cause[] | null
  release?: string | null
  /** Unix ms. @default now */
  occurredAt?: number
  runtime?: string
  debugIds?: Record<string, string> | null
}

export interface Stack {
  name: string | null
  message: string | null
  stack: string | null
}

/** The common form of both inputs. */
export interface StackInput {
  /** The error's own stack, then its causes'. */
  stacks: Stack[]
  release: string | null
  occurredAt: number
  runtime: string | null
  debugIdOf(file: string): string | null
}

export function inputOf(value: OccurrenceStacks | LooseStack): StackInput {
  const own: Stack =
    'stack' in value
      ? { name: value.name ?? null, message: value.message ?? null, stack: value.stack }
      : {
          name: value.errorName ?? null,
          message: value.errorMessage ?? null,
          stack: value.errorStack,
        }
  const { debugIds } = value
  return {
    stacks: [own, ...(value.causes ?? [])],
    release: value.release || null,
    occurredAt: value.occurredAt ?? Date.now(),
    runtime: value.runtime ?? null,
    debugIdOf: (file) =>
      debugIds && Object.hasOwn(debugIds, file) ? plainDebugId(debugIds[file]) : null,
  }
}

/** The text that V8 writes before the frames. */
export function headOf({ name, message }: Stack): string {
  if (name === null || message === null) return ''
  return message === '' ? name : `${name}: ${message}`
}
