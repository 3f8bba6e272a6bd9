// Makes what the package ships: JavaScript and types from the emulator's source, beside them the
// files that it serves as they are, and the licence. It runs by `npm run tarball`: the project's
// .npmrc lets no script run that is not asked for by name, so that `npm pack` alone would skip it,
// and npm does not read an .npmrc of a workspace's own.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, statSync } from 'node:fs'

const here = import.meta.dirname

rmSync(`${here}/dist`, { recursive: true, force: true })
execFileSync('tsc', ['--project', here], { stdio: 'inherit' })
cpSync(`${here}/src`, `${here}/dist/packages/plaid-emulator/src`, {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || !path.endsWith('.ts'),
})
cpSync(`${here}/../../LICENSE`, `${here}/LICENSE`)
