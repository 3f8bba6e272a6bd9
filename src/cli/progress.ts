// What a person at a terminal sees of a command that says nothing for more than a second: its name
// and for how long it has been at it, in a line of its own that goes with the next one that is
// said. It stands here, for all commands, so that none forgets it.
import { formatDuration } from './print.ts'

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>

const tickMs = 1_000
const CLEAR = '\r\u001B[K'

/** Returns what ends it. */
export function showProgress(name: string, stdout: Stream, stderr: Stream): () => void {
  if (!stderr.isTTY) return () => {}
  const say = stderr.write.bind(stderr)
  let ticks = 0
  let isShown = false
  let isQuiet = true
  // A question that waits for its answer is no silence.
  let endsLine = true
  const hide = () => {
    if (isShown) say(CLEAR)
    isShown = false
  }
  const ends = [...new Set([stdout, stderr])].map((stream) => {
    const write = stream.write.bind(stream)
    stream.write = (chunk: string | Uint8Array, ...rest: []) => {
      hide()
      isQuiet = false
      endsLine = typeof chunk === 'string' ? chunk.endsWith('\n') : chunk.at(-1) === 0x0a
      return write(chunk, ...rest)
    }
    return () => void (stream.write = write)
  })
  const timer = setInterval(() => {
    ticks++
    if (isQuiet && endsLine) {
      say(`${CLEAR}… ${name}: ${formatDuration(ticks * tickMs)}`)
      isShown = true
    }
    isQuiet = true
  }, tickMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    hide()
    for (const end of ends) end()
  }
}
