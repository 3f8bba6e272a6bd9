// Whom a coffee roastery pays, and who pays it: terminals, customers, suppliers, the state.
import { ACH, BANK, EMPLOYER, LENDER, ONLINE, payee, type Shop, shop, TIP } from '../payee.ts'

const CHECK = { channel: 'other', meta: { payment_method: 'Check' } } as const

/** Money in. */
export const SALES = {
  terminal: payee('Tapstone Payments', 'INCOME_OTHER', {
    channel: 'other',
    counterparty: 'payment_terminal',
    statementText: 'TAPSTONE PAYMENTS DEPOSIT',
    meta: { payment_processor: 'Tapstone Payments' },
  }),
  webShop: payee('Riverbend Marketplace', 'INCOME_OTHER', {
    channel: 'other',
    counterparty: 'marketplace',
    statementText: 'RIVERBEND SELLER PAYOUT',
    meta: { reason: 'Seller payout' },
  }),
  cafe: payee('Blue Door Coffee', 'INCOME_CONTRACTOR', {
    ...EMPLOYER,
    statementText: 'BLUE DOOR COFFEE INVOICE',
  }),
  hotel: payee('Harbor Light Hotels', 'INCOME_CONTRACTOR', {
    ...EMPLOYER,
    statementText: 'HARBOR LIGHT HOTELS AP PAYMENT',
  }),
  checks: payee('Check Deposit', 'TRANSFER_IN_DEPOSIT', {
    ...BANK,
    statementText: 'MOBILE CHECK DEPOSIT',
    meta: { payment_method: 'Check' },
  }),
  chargeback: payee('Tapstone Chargebacks', 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES', {
    channel: 'other',
    counterparty: 'payment_terminal',
    statementText: 'TAPSTONE CHARGEBACK ADJ',
  }),
}

/** Money out: staff, suppliers, the state, the banks. */
export const COSTS = {
  wages: payee('Ledgerly Payroll', 'GENERAL_SERVICES_ACCOUNTING_AND_FINANCIAL_PLANNING', {
    ...ACH,
    statementText: 'LEDGERLY PAYROLL NET PAY',
    meta: { reason: 'Payroll' },
  }),
  payrollTax: payee('Ledgerly Tax Filing', 'GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT', {
    ...ACH,
    statementText: 'LEDGERLY PAYROLL TAXES',
    meta: { reason: 'Payroll taxes' },
  }),
  salesTax: payee('State Tax Office', 'GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT', {
    ...ACH,
    statementText: 'STATE TAX OFFICE SALES TAX',
  }),
  incomeTax: payee('Federal Revenue', 'GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT', {
    ...ACH,
    statementText: 'FEDERAL REVENUE EST TAX PMT',
  }),
  rent: payee('Pier Street Properties', 'RENT_AND_UTILITIES_RENT', {
    ...CHECK,
    statementText: 'CHECK',
  }),
  milk: payee('Sunny Meadow Dairy', 'FOOD_AND_DRINK_OTHER_FOOD_AND_DRINK', {
    ...CHECK,
    statementText: 'CHECK',
  }),
  beans: payee('Andean Green Coffee', 'GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE', ACH),
  beansAbroad: payee('Exportadora Sierra Alta', 'TRANSFER_OUT_WIRE', {
    channel: 'other',
    statementText: 'WIRE OUT EXPORTADORA SIERRA ALTA',
    meta: { payment_method: 'Wire', reason: 'Green coffee' },
  }),
  roaster: payee('Steamworks Machinery', 'GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE', {
    channel: 'other',
    meta: { payment_method: 'Wire', reason: 'Roaster' },
  }),
  packaging: payee('Kraftline Packaging', 'GENERAL_MERCHANDISE_OFFICE_SUPPLIES', ACH),
  power: payee('Bright Coast Energy', 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY', ACH),
  water: payee('Metro Water District', 'RENT_AND_UTILITIES_WATER', ACH),
  waste: payee('Greenbin Waste', 'RENT_AND_UTILITIES_SEWAGE_AND_WASTE_MANAGEMENT', ACH),
  internet: payee('Fiberline', 'RENT_AND_UTILITIES_INTERNET_AND_CABLE', ACH),
  phone: payee('Clearbell Mobile', 'RENT_AND_UTILITIES_TELEPHONE', { categoryCode: '4814' }),
  insurance: payee('Anchor Mutual', 'GENERAL_SERVICES_INSURANCE', ACH),
  accountant: payee('Marlowe & Finch', 'GENERAL_SERVICES_ACCOUNTING_AND_FINANCIAL_PLANNING', ACH),
  lawyer: payee('Okafor Legal', 'GENERAL_SERVICES_CONSULTING_AND_LEGAL', ACH),
  till: payee('Tapstone Point of Sale', 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES', {
    categoryCode: '5734',
  }),
  books: payee('Ledgerly Books', 'GENERAL_SERVICES_ACCOUNTING_AND_FINANCIAL_PLANNING', {
    categoryCode: '7372',
  }),
  web: payee('Shopfront Hosting', 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES', {
    categoryCode: '4816',
  }),
  ads: payee('Lookhere Ads', 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES', { categoryCode: '7311' }),
  owner: payee('Owner Draw', 'TRANSFER_OUT_ACCOUNT_TRANSFER', {
    ...BANK,
    statementText: 'ONLINE TRANSFER OWNER DRAW',
  }),
  serviceFee: payee('Monthly service fee', 'BANK_FEES_OTHER_BANK_FEES', BANK),
  wireFee: payee('Outgoing wire fee', 'BANK_FEES_OTHER_BANK_FEES', BANK),
  lender: payee('Millwright Equipment Finance', 'LOAN_PAYMENTS_OTHER_PAYMENT', LENDER),
}

/** Between the company's own accounts. */
export const OWN = {
  drawn: payee('Line of credit advance', 'LOAN_DISBURSEMENTS_OTHER_DISBURSEMENT', BANK),
  advance: payee('Advance to checking', 'TRANSFER_OUT_ACCOUNT_TRANSFER', BANK),
  lent: payee('Equipment loan disbursement', 'LOAN_DISBURSEMENTS_OTHER_DISBURSEMENT', BANK),
  repaid: payee('Line of credit payment', 'LOAN_PAYMENTS_OTHER_PAYMENT', BANK),
  toReserve: payee('Transfer to tax reserve', 'TRANSFER_OUT_SAVINGS', BANK),
  inReserve: payee('Deposit from operating', 'TRANSFER_IN_SAVINGS', BANK),
  fromReserve: payee('Transfer from tax reserve', 'TRANSFER_IN_ACCOUNT_TRANSFER', BANK),
  outOfReserve: payee('Withdrawal to operating', 'TRANSFER_OUT_ACCOUNT_TRANSFER', BANK),
}

/** What staff buy with the company's card. */
export const STAFF_SHOPS: readonly Shop[] = [
  shop('Pelican Fuel', 'TRANSPORTATION_GAS', [3800, 11200], 1.6, {
    habit: 'hold',
    categoryCode: '5542',
  }),
  shop('Stationers Row', 'GENERAL_MERCHANDISE_OFFICE_SUPPLIES', [900, 18400], 0.8, {
    categoryCode: '5943',
  }),
  shop('Pallet Warehouse Club', 'GENERAL_MERCHANDISE_SUPERSTORES', [4200, 38900], 0.9, {
    categoryCode: '5300',
  }),
  shop('Oak & Anvil Hardware', 'HOME_IMPROVEMENT_HARDWARE', [650, 28700], 0.5, {
    categoryCode: '5251',
  }),
  shop('Parcel Post', 'GENERAL_SERVICES_POSTAGE_AND_SHIPPING', [890, 14200], 2.6, {
    ...ONLINE,
    categoryCode: '4215',
  }),
  shop('Saffron Table', 'FOOD_AND_DRINK_RESTAURANT', [3800, 16600], 0.4, {
    ...TIP,
    categoryCode: '5812',
  }),
  shop('Hopper Rides', 'TRANSPORTATION_TAXIS_AND_RIDE_SHARES', [1190, 5200], 0.5, {
    ...ONLINE,
    ...TIP,
    categoryCode: '4121',
  }),
  shop(
    'Steamworks Espresso Service',
    'HOME_IMPROVEMENT_REPAIR_AND_MAINTENANCE',
    [9500, 86000],
    0.2,
    {
      categoryCode: '7699',
    },
  ),
  shop('Northwind Air', 'TRAVEL_FLIGHTS', [18900, 62000], 0.07, {
    ...ONLINE,
    categoryCode: '4511',
  }),
  shop('Harbor Light Hotels', 'TRAVEL_LODGING', [15900, 58000], 0.07, {
    habit: 'hold',
    categoryCode: '7011',
  }),
]
