// Whom a young professional pays, and who pays them: coffee, rides, subscriptions, and shops of the
// countries that they travel to.
import { ACH, BANK, EMPLOYER, LENDER, ONLINE, payee, type Shop, shop, TIP } from '../payee.ts'
import { SHOPS } from '../payees.ts'

/** From the shops that everybody knows: not those of a family with a car, a house and a dog. */
const FOREIGN_TO_THEM = [
  'Pelican Fuel',
  'Wag & Whisker',
  'Oak & Anvil Hardware',
  'Pallet Warehouse Club',
  'Northwind Air',
  'Harbor Light Hotels',
  'Hopper Rides',
]

const terminal = { via: { name: 'Tapstone Payments', kind: 'payment_terminal' } } as const

export const CITY_SHOPS: readonly Shop[] = [
  ...SHOPS.filter(({ name }) => !FOREIGN_TO_THEM.includes(name)),
  shop('Hopper Rides', 'TRANSPORTATION_TAXIS_AND_RIDE_SHARES', [790, 3900], 2.6, {
    ...ONLINE,
    ...TIP,
    categoryCode: '4121',
  }),
  shop('Scoot Around', 'TRANSPORTATION_BIKES_AND_SCOOTERS', [240, 1150], 1.1, {
    ...ONLINE,
    categoryCode: '7519',
  }),
  shop('Doorbell Eats', 'FOOD_AND_DRINK_RESTAURANT', [1850, 6400], 1.7, {
    ...ONLINE,
    ...TIP,
    via: { name: 'Doorbell', kind: 'marketplace' },
    categoryCode: '5812',
  }),
  shop('Little Fern Matcha', 'FOOD_AND_DRINK_COFFEE', [590, 1780], 1.6, {
    ...terminal,
    ...TIP,
    statementText: 'TAP *LITTLE FERN MATCHA',
    categoryCode: '5814',
  }),
  shop('Night Market Ramen', 'FOOD_AND_DRINK_RESTAURANT', [1700, 7800], 0.9, {
    ...terminal,
    ...TIP,
    statementText: 'TAP *NIGHT MARKET RAMEN',
    categoryCode: '5812',
  }),
  shop('Loft Climbing', 'PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS', [1200, 3200], 0.5, {
    categoryCode: '7941',
  }),
  shop('Pixel Foundry Games', 'ENTERTAINMENT_VIDEO_GAMES', [499, 6999], 0.25, {
    ...ONLINE,
    categoryCode: '5816',
  }),
  shop('Corner Suds', 'PERSONAL_CARE_LAUNDRY_AND_DRY_CLEANING', [900, 4200], 0.5, {
    categoryCode: '7216',
  }),
]

export interface Land {
  currency: 'EUR' | 'JPY'
  shops: readonly Shop[]
}

/** Prices are in cents of the country's money, yen times a hundred. */
export const LANDS: readonly [Land, Land] = [
  {
    currency: 'EUR',
    shops: [
      shop('Café Marguerite', 'FOOD_AND_DRINK_COFFEE', [320, 1450], 9, {
        country: 'FR',
        categoryCode: '5814',
      }),
      shop('Bistrot du Canal', 'FOOD_AND_DRINK_RESTAURANT', [1900, 8400], 7, {
        country: 'FR',
        categoryCode: '5812',
      }),
      shop('Métro Lumière', 'TRANSPORTATION_PUBLIC_TRANSIT', [215, 1730], 6, {
        country: 'FR',
        categoryCode: '4111',
      }),
      shop(
        'Galerie Sept',
        'ENTERTAINMENT_SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS',
        [900, 3200],
        4,
        { country: 'FR', categoryCode: '7991' },
      ),
    ],
  },
  {
    currency: 'JPY',
    shops: [
      shop('Kissaten Aoi', 'FOOD_AND_DRINK_COFFEE', [48_000, 160_000], 8, {
        country: 'JP',
        categoryCode: '5814',
      }),
      shop('Ramen Tanuki', 'FOOD_AND_DRINK_RESTAURANT', [95_000, 420_000], 8, {
        country: 'JP',
        categoryCode: '5812',
      }),
      shop('Kita Railways', 'TRANSPORTATION_PUBLIC_TRANSIT', [21_000, 1_420_000], 5, {
        country: 'JP',
        categoryCode: '4111',
      }),
      shop('Nichinichi Mart', 'GENERAL_MERCHANDISE_CONVENIENCE_STORES', [30_000, 240_000], 7, {
        country: 'JP',
        categoryCode: '5499',
      }),
    ],
  },
]

export const OWN_PAYEES = {
  salary: payee('Brightpath Analytics', 'INCOME_SALARY', {
    ...EMPLOYER,
    statementText: 'BRIGHTPATH ANALYTICS PAYROLL PPD',
  }),
  bonus: payee('Brightpath Analytics', 'INCOME_SALARY', {
    ...EMPLOYER,
    statementText: 'BRIGHTPATH ANALYTICS BONUS PPD',
  }),
  plan: payee('Employer plan contribution', 'TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS', BANK),
  rent: payee('Foundry Lofts', 'RENT_AND_UTILITIES_RENT', ACH),
  power: payee('Bright Coast Energy', 'RENT_AND_UTILITIES_GAS_AND_ELECTRICITY', ACH),
  internet: payee('Fiberline', 'RENT_AND_UTILITIES_INTERNET_AND_CABLE', ACH),
  flatmate: payee('Zippay', 'TRANSFER_IN_TRANSFER_IN_FROM_APPS', {
    channel: 'other',
    counterparty: 'payment_app',
    statementText: 'ZIPPAY FROM SAM PARK',
    meta: { payer: 'Sam Park', payment_method: 'Zippay', reason: 'Utilities' },
  }),
  friends: payee('Zippay', 'TRANSFER_OUT_TRANSFER_OUT_FROM_APPS', {
    channel: 'other',
    counterparty: 'payment_app',
    statementText: 'ZIPPAY TO R MORALES',
    meta: { payee: 'R Morales', payment_method: 'Zippay', reason: 'Dinner' },
  }),
  phone: payee('Clearbell Mobile', 'RENT_AND_UTILITIES_TELEPHONE', { categoryCode: '4814' }),
  video: payee('Lantern Streaming', 'ENTERTAINMENT_TV_AND_MOVIES', { categoryCode: '4899' }),
  series: payee('Starfield Plus', 'ENTERTAINMENT_TV_AND_MOVIES', { categoryCode: '4899' }),
  music: payee('Wavelength Music', 'ENTERTAINMENT_MUSIC_AND_AUDIO', { categoryCode: '5815' }),
  yoga: payee('Stillwater Yoga', 'PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS', {
    categoryCode: '7997',
  }),
  storage: payee('Cumulus Drive', 'GENERAL_SERVICES_OTHER_GENERAL_SERVICES', {
    categoryCode: '7372',
  }),
  meals: payee('Chopbox Meal Kits', 'FOOD_AND_DRINK_GROCERIES', { categoryCode: '5499' }),
  foreignFee: payee('Foreign transaction fee', 'BANK_FEES_FOREIGN_TRANSACTION_FEES', BANK),
  flight: payee('Northwind Air', 'TRAVEL_FLIGHTS', { categoryCode: '4511', habit: 'purchase' }),
  hotel: payee('Harbor Light Hotels', 'TRAVEL_LODGING', {
    categoryCode: '7011',
    habit: 'purchase',
  }),
  loan: payee('Direct Loan Servicing', 'LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT', LENDER),
  toEuro: payee('Currency exchange to EUR', 'TRANSFER_OUT_ACCOUNT_TRANSFER', BANK),
  inEuro: payee('Currency exchange from USD', 'TRANSFER_IN_ACCOUNT_TRANSFER', BANK),
  toCoins: payee('Ledgerly Coins', 'TRANSFER_OUT_CRYPTO', LENDER),
  inCoins: payee('USDT purchase', 'TRANSFER_IN_ACCOUNT_TRANSFER', BANK),
}
