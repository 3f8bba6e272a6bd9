// How Node.js runs our programs: how large the nursery of its collector is, in MB. Buffers of the
// network and of pipes lie outside the heap, but go with the nursery's collections, and where those
// are rare V8 makes full ones for their sake. Measured by CPU time and by peak memory (L9).

const quiet = '--disable-warning=ExperimentalWarning'

/**
 * For programs that make objects of what they read: a page of them dies in the nursery. With 2 MB
 * and slow growth plaid-api took twice the time for an ingest. What outlives it is collected when
 * the heap has grown by three fifths, as with V8's own four times twenty-five readers of lists,
 * whose texts wait for them, came to 271 MB. Pages of the feed and of the ingest do not need it: an
 * ingest of 200,000 rows comes to 171 without.
 */
const makingFlags = [quiet, '--max-semi-space-size=16', '--heap-growing-percent=60']

/**
 * For programs through which bytes pass: the smallest is collected often. With 2 MB the source took
 * 2.8 s for 200,000 rows, and now 1.3.
 */
export const passingFlags = [quiet, '--max-semi-space-size=1']

/** Of a service, by its name. */
export function flagsOf(service: string): string[] {
  return service === 'worker' || service === 'web' ? passingFlags : makingFlags
}
