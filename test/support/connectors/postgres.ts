// The real destination, whose process a test can find.
import { readFileSync, writeFileSync } from 'node:fs'

const at = process.argv.indexOf('--config')
if (at !== -1) {
  const { pid_file: file } = JSON.parse(readFileSync(process.argv[at + 1]!, 'utf8'))
  if (file) writeFileSync(file, String(process.pid))
}
await import('../../../src/destination-postgres/main.ts')
