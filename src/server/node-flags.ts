// How Node.js runs our programs. Its collector lets a heap grow while there is memory to be had:
// with pages of megabytes passing through, a process kept 300 MB of which 60 were alive. A
// smaller step of growth costs a few collections more and no limit that a large request could hit
// (L9). The network's buffers lie outside the heap and go with the nursery's collections: a small
// nursery is collected often enough that 40 MB of dead ones do not pile up.
export const nodeFlags = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=2',
  '--heap-growing-percent=25',
]

/**
 * A connector's rows are bytes of the network and of pipes, which count for the collector though
 * its heap stays at ten megabytes: what frees them is a nursery of one megabyte, collected often.
 * With a larger one, or with heap limits besides, full collections did, and took half of the
 * source's time (measured: 2.8 s and 1.3 s of CPU time for 200,000 rows).
 */
export const connectorFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1']
