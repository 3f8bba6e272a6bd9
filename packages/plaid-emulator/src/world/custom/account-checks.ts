// What Plaid's document says in words about a custom account: fields that go together, or that
// exclude each other, days that are in the calendar, currencies that there are, numbers that banks
// would take.
import { dateText, dayOfDate } from '../calendar.ts'
import { isCurrency } from '../money.ts'
import { isRoutingNumber } from '../routing-number.ts'
import { wrong } from './complaint.ts'
import { DATE_FIELDS, dayOfField } from './dates.ts'
import type { CustomAccount } from './schema.ts'

export function checkAccount(account: CustomAccount, path: string): void {
  const { type, subtype, force_available_balance: forced } = account
  const subtypes = SUBTYPES[type] ?? []
  if (subtype !== undefined && !subtypes.includes(subtype)) {
    throw wrong(`${path}.subtype`, `must be one of ${type}’s: ${subtypes.join(', ')}`)
  }
  if (forced !== undefined && account.has_null_available_balance === true) {
    const other = 'has_null_available_balance'
    throw wrong(`${path}.force_available_balance`, `cannot be set together with ${other}`)
  }
  checkNumbers(account.numbers ?? {}, `${path}.numbers`)
  checkInflow(account, `${path}.inflow_model`)
  checkLiability(account.liability, `${path}.liability`)
  checkSecurities(account, path)
  checkWords(account, path)
}

const SUBTYPES: Readonly<Record<CustomAccount['type'], readonly string[]>> = {
  depository: (
    'checking,savings,hsa,cd,money market,paypal,prepaid,cash management,ebt,' +
    'limited purpose checking'
  ).split(','),
  credit: ['credit card', 'paypal', 'charge card'],
  loan: (
    'auto,business,commercial,commercial line of credit,construction,consumer,home equity,' +
    'home equity loan,installment,line of credit,loan,mortgage,other,overdraft,student'
  ).split(','),
  investment: (
    '401a,401k,403B,457b,529,brokerage,cash isa,crypto exchange,education savings account,fhsa,' +
    'fixed annuity,gic,health reimbursement arrangement,hsa,ira,isa,keogh,lif,life insurance,' +
    'lira,lrif,lrsp,mutual fund,non-custodial wallet,non-taxable brokerage account,other,' +
    'other annuity,other insurance,pension,prediction market,prif,profit sharing plan,qshr,rdsp,' +
    'resp,retirement,rlif,roth,roth 401k,roth 403B,roth 457b,roth pension,' +
    'roth profit sharing plan,roth thrift savings plan,rrif,rrsp,sarsep,sep ira,simple ira,sipp,' +
    'stock plan,tfsa,thrift savings plan,trust,ugma,utma,variable annuity'
  ).split(','),
  payroll: ['payroll'],
  other: ['other'],
}

type Numbers = NonNullable<CustomAccount['numbers']>
const TOGETHER: readonly [keyof Numbers, keyof Numbers][] = [
  ['eft_institution', 'eft_branch'],
  ['international_bic', 'international_iban'],
]

function checkNumbers(numbers: Numbers, path: string): void {
  for (const pair of TOGETHER) {
    for (const [here, there] of [pair, pair.toReversed() as typeof pair]) {
      if (numbers[here] === undefined || numbers[there] !== undefined) continue
      throw wrong(`${path}.${there}`, `must be given with ${here}`)
    }
  }
  for (const field of ['ach_routing', 'ach_wire_routing'] as const) {
    const number = numbers[field]
    if (number === undefined || isRoutingNumber(number)) continue
    throw wrong(`${path}.${field}`, 'must be a valid routing number: nine digits with their sum')
  }
}

type Inflow = NonNullable<CustomAccount['inflow_model']>
const NEEDED: Readonly<Record<string, readonly (keyof Inflow)[]>> = {
  'monthly-income': ['income_amount', 'payment_day_of_month', 'transaction_name'],
  'monthly-balance-payment': ['payment_day_of_month', 'transaction_name', 'statement_day_of_month'],
  'monthly-interest-only-payment': [
    'payment_day_of_month',
    'transaction_name',
    'statement_day_of_month',
  ],
}

function checkInflow({ type, inflow_model: inflow }: CustomAccount, path: string): void {
  if (inflow === undefined) return
  for (const field of NEEDED[inflow.type] ?? []) {
    if (inflow[field] === undefined) {
      throw wrong(`${path}.${field}`, `must be given for ${inflow.type}`)
    }
  }
  const owes = type === 'credit' || type === 'loan'
  if (inflow.type !== 'none' && owes !== inflow.type.endsWith('payment')) {
    throw wrong(`${path}.type`, `${inflow.type} is not for an account of type ${type}`)
  }
}

type Liability = NonNullable<CustomAccount['liability']>
const ONLY: Readonly<Record<Liability['type'], readonly (keyof Liability)[]>> = {
  credit: [
    'purchase_apr',
    'cash_apr',
    'balance_transfer_apr',
    'special_apr',
    'last_payment_amount',
  ],
  student: [
    'origination_date',
    'principal',
    'nominal_apr',
    'interest_capitalization_grace_period_months',
    'repayment_model',
    'expected_payoff_date',
    'guarantor',
    'is_federal',
    'loan_name',
    'loan_status',
    'payment_reference_number',
    'pslf_status',
    'repayment_plan_description',
    'repayment_plan_type',
    'sequence_number',
    'servicer_address',
  ],
}

function checkLiability(liability: Liability | undefined, path: string): void {
  if (liability === undefined) return
  for (const [type, fields] of Object.entries(ONLY)) {
    const odd = type === liability.type ? undefined : fields.find((field) => field in liability)
    if (odd !== undefined) throw wrong(`${path}.${odd}`, `can only be set if type is ${type}`)
  }
}

function checkSecurities(account: CustomAccount, path: string): void {
  for (const list of ['holdings', 'investment_transactions'] as const) {
    for (const [i, { security }] of (account[list] ?? []).entries()) {
      const { ticker_symbol: ticker, cusip, isin } = security ?? {}
      if (security === undefined || (ticker ?? cusip ?? isin) !== undefined) continue
      throw wrong(`${path}.${list}[${i}].security`, 'must have a ticker_symbol, cusip or isin')
    }
  }
}

const FIRST = dayOfDate('1900-01-01')
const LAST = dayOfDate('2199-12-31')

/** Wherever a day is given, it is one of the calendar; a currency, one that there is. */
function checkWords(value: object, path: string): void {
  for (const [name, each] of Object.entries(value) as [string, unknown][]) {
    const below = Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`
    if (typeof each === 'object' && each !== null) checkWords(each, below)
    if (name === 'currency' && !isCurrency(String(each))) {
      throw wrong(below, 'must be a currency of ISO 4217, or one of Plaid’s unofficial codes')
    }
    const day = dayOfField(DATE_FIELDS, name, each)
    if (day === undefined) continue
    if (!(day >= FIRST && day <= LAST) || dateText(day) !== each) {
      throw wrong(below, `must be a day of the calendar, from ${dateText(FIRST)} on`)
    }
  }
}
