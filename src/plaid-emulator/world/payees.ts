// Who a household pays, and who pays it: invented names that read like real ones, with Plaid's
// personal finance categories (version 2). Web addresses are under .example, which nobody owns.

/** How a row of this payee lives before it posts. */
export type Habit = 'purchase' | 'tip' | 'hold' | 'settled'

export type CounterpartyKind = 'merchant' | 'financial_institution' | 'income_source'

export interface Payee {
  /** Its place in the list, from which its stable ids follow. */
  number: number
  name: string
  /** What the bank writes, where that is not the name. */
  statementText?: string
  category: string
  channel: 'in store' | 'online' | 'other'
  counterparty: CounterpartyKind | null
  categoryCode: string | null
  habit: Habit
}

export interface Shop extends Payee {
  lowCents: number
  highCents: number
  timesPerWeek: number
}

let count = 0

function shop(
  name: string,
  category: string,
  [low, high]: [number, number],
  timesPerWeek: number,
  more: Partial<Payee> = {},
): Shop {
  return {
    ...payee(name, category, { channel: 'in store', habit: 'purchase', ...more }),
    lowCents: low,
    highCents: high,
    timesPerWeek,
  }
}

function payee(name: string, category: string, more: Partial<Payee> = {}): Payee {
  return {
    number: count++,
    name,
    category,
    channel: 'online',
    counterparty: 'merchant',
    categoryCode: null,
    habit: 'settled',
    ...more,
  }
}

const online = { channel: 'online' } as const
const tip = { habit: 'tip' } as const

/** Where money is spent from day to day: a range of cents, and times a week. */
export const SHOPS: readonly [Shop, ...Shop[]] = [
  shop('Harvest Lane Market', 'FOOD_AND_DRINK_GROCERIES', [1850, 14800], 1.5, {
    categoryCode: '5411',
  }),
  shop('Corner & Vine', 'FOOD_AND_DRINK_GROCERIES', [640, 6200], 0.9, { categoryCode: '5411' }),
  shop('Pallet Warehouse Club', 'GENERAL_MERCHANDISE_SUPERSTORES', [6200, 28900], 0.35, {
    categoryCode: '5300',
  }),
  shop('Blue Door Coffee', 'FOOD_AND_DRINK_COFFEE', [375, 1290], 3.1, {
    ...tip,
    categoryCode: '5814',
  }),
  shop('Kettle & Crumb', 'FOOD_AND_DRINK_COFFEE', [420, 1680], 0.8, { categoryCode: '5814' }),
  shop('Taqueria Las Palmas', 'FOOD_AND_DRINK_FAST_FOOD', [980, 3650], 0.9, {
    categoryCode: '5814',
  }),
  shop('Golden Bun Burgers', 'FOOD_AND_DRINK_FAST_FOOD', [790, 3100], 0.8, {
    categoryCode: '5814',
  }),
  shop('Trattoria Nonna Rosa', 'FOOD_AND_DRINK_RESTAURANT', [3400, 11800], 0.5, {
    ...tip,
    categoryCode: '5812',
  }),
  shop('Saffron Table', 'FOOD_AND_DRINK_RESTAURANT', [2800, 9600], 0.4, {
    ...tip,
    categoryCode: '5812',
  }),
  shop('The Tin Whistle', 'FOOD_AND_DRINK_BEER_WINE_AND_LIQUOR', [1400, 7200], 0.35, {
    ...tip,
    categoryCode: '5813',
  }),
  shop('Pelican Fuel', 'TRANSPORTATION_GAS', [2400, 7400], 0.9, {
    habit: 'hold',
    categoryCode: '5542',
  }),
  shop('Loop Transit', 'TRANSPORTATION_PUBLIC_TRANSIT', [275, 1100], 1.3, {
    categoryCode: '4111',
  }),
  shop('Hopper Rides', 'TRANSPORTATION_TAXIS_AND_RIDE_SHARES', [890, 4200], 0.5, {
    ...online,
    ...tip,
    categoryCode: '4121',
  }),
  shop('City Parking Authority', 'TRANSPORTATION_PARKING', [200, 1800], 0.6, {
    categoryCode: '7523',
  }),
  shop('Riverbend', 'GENERAL_MERCHANDISE_ONLINE_MARKETPLACES', [780, 14900], 1.4, {
    ...online,
    categoryCode: '5999',
  }),
  shop('Thread & Hem', 'GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES', [1900, 16400], 0.35, {
    categoryCode: '5651',
  }),
  shop('Volt Electronics', 'GENERAL_MERCHANDISE_ELECTRONICS', [1500, 48900], 0.12, {
    categoryCode: '5732',
  }),
  shop('Second Story Books', 'GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS', [899, 5400], 0.25, {
    categoryCode: '5942',
  }),
  shop('Wag & Whisker', 'GENERAL_MERCHANDISE_PET_SUPPLIES', [1400, 9800], 0.3, {
    categoryCode: '5995',
  }),
  shop('Oak & Anvil Hardware', 'HOME_IMPROVEMENT_HARDWARE', [650, 18700], 0.3, {
    categoryCode: '5251',
  }),
  shop('Evergreen Pharmacy', 'MEDICAL_PHARMACIES_AND_SUPPLEMENTS', [480, 7600], 0.5, {
    categoryCode: '5912',
  }),
  shop('Bayside Dental', 'MEDICAL_DENTAL_CARE', [6000, 31000], 0.05, { categoryCode: '8021' }),
  shop('Sharp Scissors Salon', 'PERSONAL_CARE_HAIR_AND_BEAUTY', [2800, 11500], 0.2, {
    ...tip,
    categoryCode: '7230',
  }),
  shop('Marquee Cinemas', 'ENTERTAINMENT_TV_AND_MOVIES', [1400, 5600], 0.25, {
    categoryCode: '7832',
  }),
  shop(
    'Front Row Tickets',
    'ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS',
    [3500, 21000],
    0.1,
    { ...online, categoryCode: '7922' },
  ),
  shop('Northwind Air', 'TRAVEL_FLIGHTS', [14900, 68000], 0.06, {
    ...online,
    categoryCode: '4511',
  }),
  shop('Harbor Light Hotels', 'TRAVEL_LODGING', [11900, 52000], 0.08, {
    habit: 'hold',
    categoryCode: '7011',
  }),
  shop('Neighborhood Food Bank', 'GOVERNMENT_AND_NON_PROFIT_DONATIONS', [1000, 10000], 0.08, {
    ...online,
    categoryCode: '8398',
  }),
]

const bank = { channel: 'other', counterparty: null } as const
const ach = { channel: 'other' } as const
const employer = { channel: 'other', counterparty: 'income_source' } as const
const lender = { channel: 'other', counterparty: 'financial_institution' } as const

/** Everybody else: bills, employers, the banks themselves. */
export const PAYEES = {
  salary: payee('Meridian Software', 'INCOME_SALARY', {
    ...employer,
    statementText: 'MERIDIAN SOFTWARE PAYROLL PPD',
  }),
  secondSalary: payee('Lakeview School District', 'INCOME_SALARY', {
    ...employer,
    statementText: 'LAKEVIEW USD DIRECT DEP',
  }),
  tenant: payee('Avery Coleman', 'INCOME_RENTAL', { ...employer, statementText: 'RENT A COLEMAN' }),
  taxRefund: payee('State Tax Office', 'INCOME_TAX_REFUND', {
    ...employer,
    statementText: 'STATE TAX OFFICE TAX REF',
  }),
  rent: payee('Juniper Court Apartments', 'RENT_AND_UTILITIES_RENT', ach),
  power: payee('Bright Coast Energy', 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY', ach),
  water: payee('Metro Water District', 'RENT_AND_UTILITIES_WATER', ach),
  internet: payee('Fiberline', 'RENT_AND_UTILITIES_INTERNET_AND_CABLE', ach),
  phone: payee('Clearbell Mobile', 'RENT_AND_UTILITIES_TELEPHONE', ach),
  insurance: payee('Anchor Mutual', 'GENERAL_SERVICES_INSURANCE', ach),
  gym: payee('Ironwood Fitness', 'PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS', {
    categoryCode: '7997',
  }),
  film: payee('Lantern Streaming', 'ENTERTAINMENT_TV_AND_MOVIES', { categoryCode: '4899' }),
  music: payee('Wavelength Music', 'ENTERTAINMENT_MUSIC_AND_AUDIO', { categoryCode: '5815' }),
  storage: payee('Cumulus Drive', 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES', {
    categoryCode: '7372',
  }),
  news: payee('The Harbor Courier', 'GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS', {
    categoryCode: '5994',
  }),
  cash: payee('ATM Withdrawal', 'TRANSFER_OUT_WITHDRAWAL', { ...bank, channel: 'in store' }),
  atmFee: payee('Out-of-network ATM fee', 'BANK_FEES_ATM_FEES', bank),
  interest: payee('Interest payment', 'INCOME_INTEREST_EARNED', bank),
  loanInterest: payee('Interest charged', 'BANK_FEES_INTEREST_CHARGE', bank),
  studentLoan: payee('Gingham Education Lending', 'LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT', lender),
  mortgage: payee('Gingham Home Loans', 'LOAN_PAYMENTS_MORTGAGE_PAYMENT', lender),
  cardPayment: payee('Credit card payment', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT', bank),
  loanReceived: payee('Payment received, thank you', 'LOAN_PAYMENTS_OTHER_PAYMENT', bank),
  toOwn: payee('Transfer to own account', 'TRANSFER_OUT_ACCOUNT_TRANSFER', bank),
  fromOwn: payee('Transfer from own account', 'TRANSFER_IN_ACCOUNT_TRANSFER', bank),
  toSavings: payee('Transfer to savings', 'TRANSFER_OUT_SAVINGS', bank),
  fromChecking: payee('Deposit from checking', 'TRANSFER_IN_SAVINGS', bank),
  toInvestments: payee(
    'Tattersall Investments',
    'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS',
    lender,
  ),
  contribution: payee('Contribution', 'TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS', bank),
  dividend: payee('Dividend reinvested', 'INCOME_DIVIDENDS', bank),
}

const PRIMARIES = [
  'INCOME',
  'LOAN_DISBURSEMENTS',
  'LOAN_PAYMENTS',
  'TRANSFER_IN',
  'TRANSFER_OUT',
  'BANK_FEES',
  'ENTERTAINMENT',
  'FOOD_AND_DRINK',
  'GENERAL_MERCHANDISE',
  'HOME_IMPROVEMENT',
  'MEDICAL',
  'PERSONAL_CARE',
  'GENERAL_SERVICES',
  'GOVERNMENT_AND_NON_PROFIT',
  'TRANSPORTATION',
  'TRAVEL',
  'RENT_AND_UTILITIES',
]

/** Plaid's detailed categories begin with their primary one. */
export function primaryOf(category: string): string {
  return PRIMARIES.find((primary) => category.startsWith(`${primary}_`)) ?? 'OTHER'
}

/** The first version of the taxonomy where it says something else. */
export const VERSION_1: Readonly<Record<string, string>> = {
  INCOME_SALARY: 'INCOME_WAGES',
  INCOME_RENTAL: 'INCOME_OTHER_INCOME',
}
