export { type Envelope, isEnvelope } from './envelope.ts'
export { EnvelopeError, type EnvelopeErrorOptions, isEnvelopeError } from './error.ts'
export { type ResultIn, unwrap, type Unwrappable } from './unwrap.ts'
export {
  type EnvelopeResponse,
  fail,
  type FailInit,
  type Failure,
  ok,
  type OkInit,
  type Printed,
  raw,
  type Success,
} from './make.ts'
