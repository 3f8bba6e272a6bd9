// Numbers, money, sizes and durations as people read them. Sums come as decimal text and stay
// text: `Intl` takes it whole, so no float is ever between the bank and the screen.
const locale = navigator.languages.find(isLocale) ?? 'en-US'
const exactMax = 9_999
const minus = '\u2212'

/** Exact to 9,999, then 12.4 k; the exact one is for the hover. */
export function count(value: number | string): string {
  const n = Number(value)
  if (Math.abs(n) <= exactMax) return exact(n)
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
  return compact.format(n).replace('-', minus)
}

export function exact(value: number | string | bigint): string {
  return new Intl.NumberFormat(locale).format(value as number).replace('-', minus)
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** Decimal text in a currency; `flip`: Plaid’s sign is money out, a person’s is money in. */
export function money(amount: string, currency: string | null, flip = false): string {
  const signed = flip ? negated(amount) : amount
  const text = format(signed, currency)
  return text.replace('-', minus)
}

/** Decimal text as a person reads it, to its last digit. */
export function plain(value: string): string {
  const digits = { maximumFractionDigits: 20 }
  const number = value as unknown as number // see format
  return new Intl.NumberFormat(locale, digits).format(number).replace('-', minus)
}

function format(amount: string, currency: string | null): string {
  const value = amount as unknown as number // Intl takes decimal text, its type does not say so
  if (currency !== null && /^[A-Z]{3}$/.test(currency)) {
    try {
      return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(value)
    } catch {
      // a code that is no currency is shown as text
    }
  }
  const plain = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(value)
  return currency === null ? plain : `${plain} ${currency}`
}

function negated(amount: string): string {
  if (/^-?0*(\.0*)?$/.test(amount)) return amount.replace('-', '')
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`
}

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = n
  let unit = 0
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: unit === 0 ? 0 : 1 })
  return `${number.format(value)} ${units[unit] ?? ''}`
}

/** 0.4 s, 12 s, 1 m 12 s, 3 h 4 m, 2 d 3 h. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return `${Math.floor(whole / 60)} m ${whole % 60} s`
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} m`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}

export { locale }
