// Why an attempt failed, in Airbyte's words, and what kind of failure that makes it (pure).
import type { FailureType, StreamDescriptor, TraceError } from '../../protocol/message.ts'
import { classify, type ErrorKind } from '../../std/errors.ts'
import type { FailureKind } from '../store/attempt.ts'
import type { Failure } from '../store/shapes.ts'

/** Longer texts are cut: a failure is read by people (L9). */
const textMax = 8_000

export function failureOf(
  failureOrigin: Failure['failureOrigin'],
  failureType: Failure['failureType'],
  message: string,
  nowMs: number,
): Failure {
  return {
    failureOrigin,
    failureType,
    externalMessage: message.slice(0, textMax),
    retryable: failureType !== 'config_error' && failureType !== 'manual_cancellation',
    timestamp: nowMs,
  }
}

export function failureOfError(
  failureOrigin: Failure['failureOrigin'],
  error: unknown,
  nowMs: number,
): Failure {
  const failure = classify(error)
  return failureOf(failureOrigin, FAILURE_TYPE[failure.kind], failure.message, nowMs)
}

export function failureOfTrace(
  failureOrigin: Failure['failureOrigin'],
  error: TraceError,
  nowMs: number,
): Failure {
  const type = error.failure_type ?? 'system_error'
  return {
    ...failureOf(failureOrigin, type, error.message, nowMs),
    fromTraceMessage: true,
    ...(error.internal_message === undefined
      ? {}
      : { internalMessage: error.internal_message.slice(0, textMax) }),
    ...(error.stack_trace === undefined ? {} : { stacktrace: error.stack_trace.slice(0, textMax) }),
    ...(error.stream_descriptor === undefined ? {} : { streamDescriptor: error.stream_descriptor }),
  }
}

/** What a connector says of its failure may hold what it must not say (L5). */
export function scrubFailure(failure: Failure, scrub: (text: string) => string): Failure {
  const { internalMessage, stacktrace } = failure
  return {
    ...failure,
    externalMessage: scrub(failure.externalMessage),
    ...(internalMessage === undefined ? {} : { internalMessage: scrub(internalMessage) }),
    ...(stacktrace === undefined ? {} : { stacktrace: scrub(stacktrace) }),
  }
}

/** A state that expired outweighs the config error that it comes as, unless there are others. */
export function failureKind(failures: Failure[], expired: StreamDescriptor[]): FailureKind {
  const others = failures.filter(
    (failure) =>
      !expired.some((stream) => stream.name === failure.streamDescriptor?.name) ||
      failure.failureType !== 'config_error',
  )
  if (expired.length > 0 && kindOf(others) !== 'config') return 'expired'
  return kindOf(failures)
}

/** One failure that the user must mend is enough for not trying again. */
function kindOf(failures: Failure[]): FailureKind {
  if (failures.some((failure) => failure.failureType === 'config_error')) return 'config'
  return failures.some((failure) => failure.failureType === 'system_error') ? 'system' : 'transient'
}

const FAILURE_TYPE: Record<ErrorKind, FailureType> = {
  config: 'config_error',
  transient: 'transient_error',
  system: 'system_error',
}
