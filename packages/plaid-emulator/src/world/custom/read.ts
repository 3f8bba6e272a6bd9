// From a password to a custom user, or to a complaint that names the field: a developer wrote this
// JSON by hand and wants to know which line is wrong.
import type { ConfigError } from '../../../../../src/std/errors.ts'
import { checkBy, type Finding } from '../../../../../src/std/schema-check.ts'
import { checkAccount } from './account-checks.ts'
import { wrong } from './complaint.ts'
import {
  CUSTOM_USER,
  customAccountsMax,
  customBytesMax,
  customTransactionsMax,
  type CustomUser,
} from './schema.ts'

/** Nested deeper than any field of Plaid's. */
const depthMax = 20

const check = checkBy(CUSTOM_USER)

export function readCustomUser(password: string): CustomUser {
  const given = (withoutNulls(parsed(password), '', 0) ?? {}) as CustomUser
  const bytes = Buffer.byteLength(JSON.stringify(given))
  if (bytes > customBytesMax) throw wrong('', `has ${bytes} bytes; at most ${customBytesMax} fit`)
  const found = check(given)
  if (found) throw complaint(found)
  checkUser(given)
  return given
}

function parsed(password: string): unknown {
  try {
    const value: unknown = JSON.parse(password)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // said below
  }
  throw wrong('', 'must be one JSON object, as the password')
}

/** A null says nothing, nor does an object of nothing but nulls: Plaid's own template has both. */
function withoutNulls(value: unknown, path: string, depth: number): unknown {
  if (value === null) return undefined
  if (typeof value !== 'object') return value
  if (depth > depthMax) throw wrong(path, 'is nested too deeply')
  if (Array.isArray(value)) {
    return value
      .map((each: unknown, i) => withoutNulls(each, `${path}[${i}]`, depth + 1))
      .filter((each) => each !== undefined)
  }
  const fields = Object.entries(value)
  const kept = fields
    .map(([name, each]) => {
      const below = path === '' ? name : `${path}.${name}`
      return [name, withoutNulls(each, below.slice(0, pathCharactersMax), depth + 1)] as const
    })
    .filter(([, each]) => each !== undefined)
  return kept.length === 0 && fields.length > 0 ? undefined : Object.fromEntries(kept)
}

const pathCharactersMax = 200

function complaint({ path, keyword, message }: Finding): ConfigError {
  const problem = keyword === 'additionalProperties' ? 'is not a field of Plaid’s' : message
  const text = path.map(accessor).join('').replace(/^\./, '')
  return wrong(text.slice(0, pathCharactersMax), problem)
}

function accessor(name: string): string {
  if (/^\d+$/.test(name)) return `[${name}]`
  return /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function checkUser({ override_accounts: accounts = [], mfa, force_error: code }: CustomUser): void {
  if (accounts.length > customAccountsMax) {
    throw wrong('override_accounts', `has more than ${customAccountsMax} accounts`)
  }
  const rows = accounts.reduce((sum, { transactions = [] }) => sum + transactions.length, 0)
  if (rows > customTransactionsMax) {
    throw wrong('override_accounts', `has more than ${customTransactionsMax} transactions in all`)
  }
  for (const [i, account] of accounts.entries()) checkAccount(account, `override_accounts[${i}]`)
  if (mfa?.type === 'questions') {
    for (const field of ['question_rounds', 'questions_per_round'] as const) {
      if (mfa[field] === undefined) throw wrong(`mfa.${field}`, 'must be given for questions')
    }
  }
  if (code !== undefined && !FORCED.includes(code)) {
    throw wrong('force_error', `must be one of ${FORCED.join(', ')}`)
  }
}

/** The errors that Plaid lets an Item's creation be given. */
const FORCED = [
  'INSTITUTION_NOT_RESPONDING',
  'INSTITUTION_NO_LONGER_SUPPORTED',
  'INVALID_CREDENTIALS',
  'INVALID_MFA',
  'ITEM_LOCKED',
  'ITEM_LOGIN_REQUIRED',
  'ITEM_NOT_SUPPORTED',
  'INVALID_LINK_TOKEN',
  'MFA_NOT_SUPPORTED',
  'NO_ACCOUNTS',
  'PLAID_ERROR',
  'USER_INPUT_TIMEOUT',
  'USER_SETUP_REQUIRED',
]
