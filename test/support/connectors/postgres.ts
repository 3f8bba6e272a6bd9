// The real destination, whose process a test can find.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

const at = process.argv.indexOf('--config')
if (at !== -1) {
  const { pid_file: file } = JSON.parse(readFileSync(process.argv[at + 1]!, 'utf8'))
  if (file) {
    // Whole, or not there.
    writeFileSync(`${file}.new`, String(process.pid))
    renameSync(`${file}.new`, file)
  }
}
await import('../../../src/destination-postgres/main.ts')
