// What a new key or client may be given, by whoever makes it: HTTP and the command line alike.
export const keyLimits = {
  nameCharsMax: 100,
  daysMax: 3_650,
  /** More than a reader of pages needs; a runaway loop is stopped by it. */
  perMinuteDefault: 3_000,
  perMinuteMax: 1_000_000,
  /** For how long a key still opens beside the one that takes its place. */
  graceHoursDefault: 24,
  graceHoursMax: 720,
} as const
