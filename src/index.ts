export { createKlaxon, withKlaxon, type Klaxon, type ReportOptions, type Target } from './klaxon.ts'
export { KlaxonError } from './model/klaxon-error.ts'
export { StoreError } from './model/store-error.ts'
export type {
  AlertOptions,
  ChannelRule,
  EnvelopeOptions,
  HeartbeatOptions,
  KlaxonOptions,
  Notify,
  OptionsInput,
  Outcome,
  RetentionOptions,
  User,
} from './config/options.ts'
export type { Alert, AlertReason, DigestAlert, EarlierEvent, IssueAlert } from './model/alert.ts'
export type { Channel, Notifier, SendContext, SendResult } from './model/channel.ts'
export type { Fallback } from './model/fallback.ts'
export type { Issue, IssueState } from './model/issue.ts'
export type { Cause, QueuedOccurrence, Kind, Occurrence } from './model/occurrence.ts'
export type { Account, Job, MissedRun, Store, StoreFailure } from './model/store.ts'
export type { StackMapper } from './model/stack-mapper.ts'
export type { WaitUntil } from './model/wait-until.ts'
export type { Log } from './config/logger.ts'
export type { Intake, IntakeOptions } from './intake/intake.ts'
export type { Stats } from './outbox/stats.ts'
