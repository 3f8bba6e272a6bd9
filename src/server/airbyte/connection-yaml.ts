// The text of `airbyte/connection.yaml`, and of it alone what the connection is called, by which
// everybody finds it: who wants no more need not load what the whole is checked by.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { ConfigError, messageOf } from '../../std/errors.ts'
import { projectFolder } from '../settings.ts'

const path = join(projectFolder, 'airbyte', 'connection.yaml')

export async function connectionYaml(): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw invalid(messageOf(cause), cause)
  }
}

export function parsed(text: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw invalid(messageOf(cause), cause)
  }
}

export async function connectionName(): Promise<string> {
  const file = parsed(await connectionYaml()) as { connection?: { name?: string } } | null
  return file?.connection?.name ?? ''
}

export function invalid(why: string, cause?: unknown): ConfigError {
  return new ConfigError('CONNECTION_FILE_INVALID', `airbyte/connection.yaml: ${why}`, { cause })
}
