export { createKlaxon, withKlaxon, type Klaxon, type ReportOptions, type Target } from './klaxon.ts'
export { KlaxonError } from './core/errors.ts'
export { StoreError } from './core/store-error.ts'
export type {
  AlertOptions,
  EnvelopeOptions,
  KlaxonOptions,
  Notify,
  OptionsInput,
  Outcome,
  Route,
  User,
} from './core/options.ts'
export type {
  Alert,
  AlertReason,
  Cause,
  DigestAlert,
  Entry,
  Fallback,
  Issue,
  IssueAlert,
  IssueState,
  Kind,
  Notifier,
  Occurrence,
  SendContext,
  SendResult,
  Store,
  StoreFailure,
  WaitUntil,
} from './core/types.ts'
export type { Log } from './core/log.ts'
export type { Stats } from './outbox/_stats.ts'
