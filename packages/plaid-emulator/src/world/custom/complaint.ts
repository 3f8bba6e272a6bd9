// How what is wrong with a custom user's JSON is said.
import { ConfigError } from '../../../../../src/std/errors.ts'

/** `field` is a path as one writes it in JavaScript: override_accounts[0].type. */
export function wrong(field: string, problem: string): ConfigError {
  const where = field === '' ? 'the JSON' : field
  const detail = field === '' ? {} : { field }
  return new ConfigError('CUSTOM_USER_INVALID', `user_custom: ${where} ${problem}`, detail)
}
