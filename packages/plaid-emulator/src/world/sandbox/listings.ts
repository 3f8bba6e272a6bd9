// The securities that Plaid's own `user_good` holds, at the prices of the API's examples: they
// stand still, as they do there.
import { fund, type Listing } from '../market.ts'

const still = { market: 'XNAS', figi: null, driftPpm: 0, swingPpm: 0, lot: 1 }

export const LISTED = {
  southside: {
    ...still,
    ticker: 'SBSI',
    name: 'Southside Bancshares Inc.',
    type: 'equity',
    sector: 'Finance',
    industry: 'Regional Banks',
    firstCents: 3_473,
  },
  achillion: {
    ...still,
    ticker: 'ACHN',
    name: 'Achillion Pharmaceuticals Inc.',
    type: 'equity',
    sector: 'Health Technology',
    industry: 'Major Pharmaceuticals',
    firstCents: 211,
  },
  bonds: {
    ...still,
    sector: null,
    industry: null,
    ticker: 'DBLTX',
    name: 'DoubleLine Total Return Bond Fund',
    type: 'mutual fund',
    firstCents: 1_042,
  },
  pacific: {
    ...still,
    ...fund,
    ticker: 'MIPTX',
    name: 'Matthews Pacific Tiger Fund Insti Class',
    type: 'mutual fund',
    firstCents: 2_700,
  },
  index: {
    ...still,
    sector: null,
    industry: null,
    ticker: 'NHX105509',
    name: 'NH PORTFOLIO 1055 (FIDELITY INDEX)',
    type: 'etf',
    firstCents: 1_373,
  },
} as const satisfies Record<string, Listing>
