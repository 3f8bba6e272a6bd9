// Who a household pays, and who pays it: invented names that read like real ones, with Plaid's
// personal finance categories (version 2). Web addresses are under .example, which nobody owns.
import { ACH, BANK, EMPLOYER, LENDER, ONLINE, payee, type Shop, shop, TIP } from './payee.ts'

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
    ...TIP,
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
    ...TIP,
    categoryCode: '5812',
  }),
  shop('Saffron Table', 'FOOD_AND_DRINK_RESTAURANT', [2800, 9600], 0.4, {
    ...TIP,
    categoryCode: '5812',
  }),
  shop('The Tin Whistle', 'FOOD_AND_DRINK_BEER_WINE_AND_LIQUOR', [1400, 7200], 0.35, {
    ...TIP,
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
    ...ONLINE,
    ...TIP,
    categoryCode: '4121',
  }),
  shop('City Parking Authority', 'TRANSPORTATION_PARKING', [200, 1800], 0.6, {
    categoryCode: '7523',
  }),
  shop('Riverbend', 'GENERAL_MERCHANDISE_ONLINE_MARKETPLACES', [780, 14900], 1.4, {
    ...ONLINE,
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
    ...TIP,
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
    { ...ONLINE, categoryCode: '7922' },
  ),
  shop('Northwind Air', 'TRAVEL_FLIGHTS', [14900, 68000], 0.06, {
    ...ONLINE,
    categoryCode: '4511',
  }),
  shop('Harbor Light Hotels', 'TRAVEL_LODGING', [11900, 52000], 0.08, {
    habit: 'hold',
    categoryCode: '7011',
  }),
  shop('Neighborhood Food Bank', 'GOVERNMENT_AND_NON_PROFIT_DONATIONS', [1000, 10000], 0.08, {
    ...ONLINE,
    categoryCode: '8398',
  }),
]

/** Everybody else: bills, employers, the banks themselves. */
export const PAYEES = {
  salary: payee('Meridian Software', 'INCOME_SALARY', {
    ...EMPLOYER,
    statementText: 'MERIDIAN SOFTWARE PAYROLL PPD',
  }),
  secondSalary: payee('Lakeview School District', 'INCOME_SALARY', {
    ...EMPLOYER,
    statementText: 'LAKEVIEW USD DIRECT DEP',
  }),
  tenant: payee('Avery Coleman', 'INCOME_RENTAL', { ...EMPLOYER, statementText: 'RENT A COLEMAN' }),
  taxRefund: payee('State Tax Office', 'INCOME_TAX_REFUND', {
    ...EMPLOYER,
    statementText: 'STATE TAX OFFICE TAX REF',
  }),
  rent: payee('Juniper Court Apartments', 'RENT_AND_UTILITIES_RENT', ACH),
  power: payee('Bright Coast Energy', 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY', ACH),
  water: payee('Metro Water District', 'RENT_AND_UTILITIES_WATER', ACH),
  internet: payee('Fiberline', 'RENT_AND_UTILITIES_INTERNET_AND_CABLE', ACH),
  phone: payee('Clearbell Mobile', 'RENT_AND_UTILITIES_TELEPHONE', { categoryCode: '4814' }),
  insurance: payee('Anchor Mutual', 'GENERAL_SERVICES_INSURANCE', ACH),
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
  cash: payee('ATM Withdrawal', 'TRANSFER_OUT_WITHDRAWAL', { ...BANK, channel: 'in store' }),
  atmFee: payee('Out-of-network ATM fee', 'BANK_FEES_ATM_FEES', BANK),
  interest: payee('Interest payment', 'INCOME_INTEREST_EARNED', BANK),
  loanInterest: payee('Interest charged', 'BANK_FEES_INTEREST_CHARGE', BANK),
  studentLoan: payee('Gingham Education Lending', 'LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT', LENDER),
  mortgage: payee('Gingham Home Loans', 'LOAN_PAYMENTS_MORTGAGE_PAYMENT', LENDER),
  cardPayment: payee('Credit card payment', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT', BANK),
  cardReceived: payee('Payment received, thank you', 'LOAN_PAYMENTS_CREDIT_CARD_PAYMENT', BANK),
  loanReceived: payee('Payment received, thank you', 'LOAN_PAYMENTS_OTHER_PAYMENT', BANK),
  toOwn: payee('Transfer to own account', 'TRANSFER_OUT_ACCOUNT_TRANSFER', BANK),
  fromOwn: payee('Transfer from own account', 'TRANSFER_IN_ACCOUNT_TRANSFER', BANK),
  toSavings: payee('Transfer to savings', 'TRANSFER_OUT_SAVINGS', BANK),
  fromChecking: payee('Deposit from checking', 'TRANSFER_IN_SAVINGS', BANK),
  toInvestments: payee(
    'Tattersall Investments',
    'TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS',
    LENDER,
  ),
  contribution: payee('Contribution', 'TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS', BANK),
  dividend: payee('Dividend reinvested', 'INCOME_DIVIDENDS', BANK),
}
