// What Link's machine asks of the world, for one link: the institutions that can be chosen, what
// they say to a login, and the accounts that may be shared there.
import type { Bank } from '../bank/bank.ts'
import type { Health } from '../bank/health.ts'
import type { ItemRecord, LinkRecord } from '../bank/state.ts'
import { type LinkError, PlaidFault } from '../fault.ts'
import type { PlacedAccount } from '../item/accounts.ts'
import type { WorldAccount } from '../world/account.ts'
import { type Institution, institutionById, INSTITUTIONS, isCalled } from '../world/institutions.ts'
import type { Login } from '../bank/mfa.ts'
import type { Directory, Offer } from './flow.ts'

export interface LinkDirectory extends Directory {
  /** The institutions of the application's countries whose name has these words in it. */
  search(query: string): readonly Institution[]
}

export function linkDirectory(bank: Bank, health: Health, link: LinkRecord): LinkDirectory {
  const here = INSTITUTIONS.filter((institution) => link.countryCodes.includes(institution.country))
  const search = (query: string): readonly Institution[] =>
    here.filter((institution) => isCalled(institution, query))
  const updated = (): ItemRecord | undefined =>
    link.updates === null ? undefined : bank.items.byId(link.updates)
  return {
    search,
    found: (query) => search(query).length,
    institution: (id) => {
      const institution = institutionById(id)
      if (institution === undefined || !isOffered(institution, link)) return undefined
      return {
        oauth: institution.oauth,
        refusal: refusalOf(() => checkInstitution(institution, { bank, health, link })),
      }
    },
    refusal: (_, login) => refusalOf(() => checkLogin(bank, login, link, updated())),
    offers: (institutionId, login) =>
      bank
        .offers(updated() ?? { institutionId, ...login })
        .filter(({ account }) => isWanted(account, link.accountFilters))
        .map(offerOf),
  }
}

/** One of the application's countries; update mode is about the Item's own, wherever that is. */
function isOffered({ country }: Institution, { countryCodes, updates }: LinkRecord): boolean {
  return updates !== null || countryCodes.includes(country)
}

/** A fault as Link shows it and reports it. */
export function linkErrorOf(fault: PlaidFault): LinkError {
  const { error_type, error_code, error_message, display_message } = fault.body('')
  return { error_type, error_code, error_message, display_message }
}

function refusalOf(check: () => void): LinkError | null {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof PlaidFault) return linkErrorOf(error)
    throw error
  }
}

function checkInstitution(
  institution: Institution,
  { bank, health, link }: { bank: Bank; health: Health; link: LinkRecord },
): void {
  if (institution.refuses !== null) throw new PlaidFault(institution.refuses)
  if (health.of(institution.id).status === 'DOWN') throw new PlaidFault('INSTITUTION_DOWN')
  if (link.updates === null) bank.checkInitial(link.products, institution)
}

function checkLogin(
  bank: Bank,
  login: Login,
  link: LinkRecord,
  item: ItemRecord | undefined,
): void {
  if (link.updates !== null && item === undefined) throw new PlaidFault('ITEM_NOT_FOUND')
  bank.signIn(login)
  if (item !== undefined && item.username !== login.username) {
    throw new PlaidFault('INVALID_UPDATED_USERNAME')
  }
}

/** A filter that is not given for a type leaves the type out; `all` is every subtype of it. */
function isWanted({ type, subtype }: WorldAccount, filters: LinkRecord['accountFilters']): boolean {
  if (filters === null) return true
  const subtypes = filters[type]
  return subtypes !== undefined && (subtypes.includes('all') || subtypes.includes(subtype))
}

function offerOf({ place, account, accountId }: PlacedAccount): Offer {
  const { name, mask, type, subtype } = account
  return { key: String(place), name, mask, type, subtype, shared: accountId !== null }
}
