// Numbers as PostgreSQL holds them: numeric to its last digit, bigint within its bounds. A number
// comes as a double, as its own text (std/exact-json.ts), or as a string.
import { exactText } from '../std/exact-json.ts'
import { type Coerced, MISFIT, TOO_LARGE } from './misfit.ts'

export function numeric(value: unknown): Coerced {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : TOO_LARGE
  const text = textOf(value)
  if (text === undefined) return MISFIT
  const number = decimal(text)
  if (number) return fitsNumeric(number) ? text : TOO_LARGE
  return typeof value === 'string' ? beyondNumbers(text) : MISFIT
}

/** Within JSON: `text` is a number's literal. */
export function isNumeric(text: string): boolean {
  const number = decimal(text)
  return number !== undefined && fitsNumeric(number)
}

const bigintMax = 2n ** 63n - 1n
const bigintDigits = 19

export function bigint(value: unknown): Coerced {
  if (Number.isSafeInteger(value)) return String(value)
  const text = textOf(value)
  const number = text === undefined ? undefined : decimal(text)
  if (!number) return MISFIT
  const { digits, power } = number
  if (digits === '') return '0'
  if (power > bigintDigits) return TOO_LARGE
  // 1e3 and 1.0 are whole numbers; 1.5 is none.
  if (digits.length > power) return MISFIT
  const size = BigInt(digits + '0'.repeat(power - digits.length))
  const whole = number.isNegative ? -size : size
  return whole > bigintMax || whole < -bigintMax - 1n ? TOO_LARGE : String(whole)
}

interface Decimal {
  isNegative: boolean
  /** Without zeros at either end; empty for zero. */
  digits: string
  /** The number is 0.digits times ten to this power. */
  power: number
  /** Digits behind the point as they are written. */
  scale: number
}

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i

function decimal(text: string): Decimal | undefined {
  const found = DECIMAL.exec(text)
  if (!found) return undefined
  const [, sign, whole = '', fraction = '', exponentText = '0'] = found
  const exponent = Number(exponentText)
  const written = whole + fraction
  const first = written.search(/[1-9]/)
  return {
    isNegative: sign === '-',
    digits: first === -1 ? '' : trimZeros(written.slice(first)),
    power: first === -1 ? zeroPower(exponent) : whole.length - first + exponent,
    scale: Math.max(0, fraction.length - exponent),
  }
}

/** Zero has every exponent that PostgreSQL reads at all. */
function zeroPower(exponent: number): number {
  return exponent < exponentMax ? 0 : exponent
}

const exponentMax = 2 ** 30 - 1

/** A regular expression for zeros at the end would look at every zero within, too. */
function trimZeros(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

/** PostgreSQL: so many digits before the point, so many behind it. */
const wholeDigitsMax = 131_072
export const scaleMax = 16_383

function fitsNumeric({ power, scale }: Decimal): boolean {
  return power <= wholeDigitsMax && scale <= scaleMax
}

const INFINITY = /^([+-]?)inf(inity)?$/i

/** What numeric holds and JSON has no number for. */
function beyondNumbers(text: string): Coerced {
  if (/^nan$/i.test(text)) return 'NaN'
  const [found, sign] = INFINITY.exec(text) ?? []
  if (found === undefined) return MISFIT
  return sign === '-' ? '-Infinity' : 'Infinity'
}

/** JSON's own white space is what PostgreSQL passes over, too. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string'
    ? value.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, '')
    : exactText(value)
}
