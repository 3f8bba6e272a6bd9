// How Node.js runs our programs: how large the nursery of its collector is, in MB. Buffers of the
// network and of pipes lie outside the heap, but go with the nursery's collections, and where those
// are rare V8 makes full ones for their sake. Measured by CPU time and by peak memory (L9).

const quiet = '--disable-warning=ExperimentalWarning'

/**
 * For programs that make objects of what they read: a page of them dies in the nursery. With 2 MB
 * and slow growth plaid-api took twice the time for an ingest, with 8 MB it took 237 MB of memory
 * instead of 189.
 */
export const nodeFlags = [quiet, '--max-semi-space-size=16']

/**
 * For programs through which bytes pass: the smallest is collected often. With 2 MB the source took
 * 2.8 s for 200,000 rows, and now 1.3.
 */
export const passingFlags = [quiet, '--max-semi-space-size=1']
