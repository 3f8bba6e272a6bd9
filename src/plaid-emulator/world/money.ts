// Currencies as Plaid names them: one of ISO 4217, or one of those that only Plaid has a code for,
// never both.
const UNOFFICIAL = new Set(
  (
    'ADA BAT BCH BNB BTC BTG BSV CNH DASH DOGE ETC ETH GBX LSK NEO OMG QTUM USDT XLM XMR XRP ' +
    'ZEC ZRX'
  ).split(' '),
)

export interface CurrencyCodes {
  iso_currency_code: string | null
  unofficial_currency_code: string | null
}

export function currencyCodes(code: string): CurrencyCodes {
  return UNOFFICIAL.has(code)
    ? { iso_currency_code: null, unofficial_currency_code: code }
    : { iso_currency_code: code, unofficial_currency_code: null }
}
