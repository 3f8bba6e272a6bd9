// Whose accounts these are: a person of the seed for each user, with a partner where an account is
// the two's. What a custom user's JSON says of a person counts first.
import type { Owner } from 'plaid'
import type { WorldAccount } from '../world/account.ts'
import type { CustomAccount } from '../world/custom/schema.ts'
import type { Institution } from '../world/institutions.ts'
import { placeOf } from '../world/places.ts'
import { type Draws, drawsFor, type Key, keyOf } from '../world/random.ts'

/** Who has accounts at an institution under a user name: the same person behind each Item. */
export interface Customer {
  seed: string
  username: string
  institution: Institution
}

/** The key that everything of this person follows from. */
export function personKey({ seed, username }: Customer): Key {
  return keyOf(`${seed}/people/${username}`)
}

/** Plaid tells several owners of an account in one. */
export function ownersOf(customer: Customer, known: WorldAccount): Owner[] {
  const given = known.custom?.identity
  const household = householdOf(customer)
  const people = known.joint === true ? household.people : household.people.slice(0, 1)
  const owner = {
    names: given?.names ?? people.map(({ name }) => name),
    phone_numbers: phonesOf(given) ?? people.map(({ phone }, i) => first(i, phone, 'mobile')),
    emails: emailsOf(given) ?? people.map(({ email }, i) => first(i, email, 'primary')),
    addresses: given?.addresses?.map(addressOf) ?? [{ data: household.address, primary: true }],
  }
  return [owner as Owner]
}

type Given = CustomAccount['identity']

function phonesOf(given: Given) {
  return given?.phone_numbers?.map(({ data, primary = false, type = 'home' }) => {
    return { data, primary, type }
  })
}

function emailsOf(given: Given) {
  return given?.emails?.map(({ data, primary = false, type = 'primary' }) => {
    return { data, primary, type }
  })
}

type GivenAddress = NonNullable<NonNullable<Given>['addresses']>[number]

export function addressOf({ data, primary = false }: GivenAddress) {
  const { city = null, country = null, postal_code = null, region = null, street = '' } = data
  return { data: { city, country, postal_code, region, street }, primary }
}

/** The first of a kind is the primary one. */
function first(i: number, data: string, type: string) {
  return { data, primary: i === 0, type: i === 0 ? type : 'other' }
}

interface Person {
  name: string
  phone: string
  email: string
}

interface Address {
  city: string | null
  country: string | null
  postal_code: string | null
  region: string | null
  street: string
}

interface Household {
  people: Person[]
  /** Where they live, and what else they own. */
  address: Address
  property: Address
}

export function householdOf(customer: Customer): Household {
  const draws = drawsFor(personKey(customer), 0)
  const family = draws.pick(FAMILY_NAMES)
  const people = [0, 1].map(() => personOf(draws, family))
  const { country } = customer.institution
  return { people, address: addressIn(draws, country), property: addressIn(draws, country) }
}

const GIVEN_NAMES = [
  ...(['Alberta', 'Benedict', 'Carmen', 'Dorian', 'Estelle', 'Felix', 'Greta', 'Hollis'] as const),
  ...(['Imani', 'Jasper', 'Keiko', 'Leander', 'Mirela', 'Nico', 'Odette', 'Priya'] as const),
] as const
const FAMILY_NAMES = [
  ...(['Charleston', 'Abernathy', 'Boateng', 'Castellano', 'Dunmore', 'Eriksen'] as const),
  ...(['Fairbanks', 'Gallego', 'Hartwell', 'Ibsen', 'Kowalczyk', 'Lindqvist'] as const),
] as const

function personOf(draws: Draws, family: string): Person {
  const given = draws.pick(GIVEN_NAMES)
  return {
    name: `${given} ${family}`,
    // 555-01xx is kept free for stories
    phone: `1${draws.whole(201, 989)}55501${draws.whole(10, 99)}`,
    email: `${given}.${family}${draws.whole(1, 99)}@example.com`.toLowerCase(),
  }
}

function addressIn(draws: Draws, country: Institution['country']): Address {
  const { location } = placeOf(draws, country)
  return {
    city: location.city,
    country: location.country,
    postal_code: location.postal_code,
    region: location.region,
    street: location.address ?? '',
  }
}
