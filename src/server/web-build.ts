// The process that builds the web app, at low priority: whoever starts it goes on meanwhile.
import { classify, EXIT_CODE } from '../std/errors.ts'
import { buildApp } from '../web-server/build.ts'
import { projectFolder } from './settings.ts'

try {
  await buildApp(projectFolder)
} catch (error) {
  const failure = classify(error)
  process.stderr.write(`${failure.message}\n`)
  process.exitCode = EXIT_CODE[failure.kind]
}
