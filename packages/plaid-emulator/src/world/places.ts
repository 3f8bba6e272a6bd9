// Where shops are: a few cities of each country, streets as they are called there.
import type { Transaction } from 'plaid'
import type { Draws } from './random.ts'

type Location = Transaction['location']
export type Country = 'US' | 'CA' | 'GB' | 'FR' | 'JP'

interface City {
  city: string
  region: string | null
  postal: string
  lat: number
  lon: number
}

interface Land {
  cities: readonly [City, ...City[]]
  streets: readonly [string, ...string[]]
}

function city(name: string, region: string | null, postal: string, lat: number, lon: number): City {
  return { city: name, region, postal, lat, lon }
}

const LANDS: Readonly<Record<Country, Land>> = {
  US: {
    cities: [
      city('San Diego', 'CA', '92103', 32.7468, -117.1676),
      city('La Mesa', 'CA', '91942', 32.7839, -117.0167),
      city('Poway', 'CA', '92064', 32.9628, -117.0359),
      city('Encinitas', 'CA', '92024', 33.037, -117.292),
    ],
    streets: ['Community Rd', 'University Ave', 'El Cajon Blvd', 'Garnet Ave'],
  },
  CA: {
    cities: [
      city('Toronto', 'ON', 'M5V 2T6', 43.6441, -79.3949),
      city('Hamilton', 'ON', 'L8P 1A1', 43.2557, -79.8711),
      city('Ottawa', 'ON', 'K1P 5G4', 45.4215, -75.6972),
    ],
    streets: ['Queen St W', 'King St E', 'Bank St', 'Spadina Ave'],
  },
  GB: {
    cities: [
      city('London', 'England', 'EC1V 9HL', 51.5262, -0.1003),
      city('Reading', 'England', 'RG1 2AG', 51.4551, -0.9787),
      city('Bristol', 'England', 'BS1 4ST', 51.4545, -2.5879),
    ],
    streets: ['High Street', 'Station Road', 'Church Lane', 'Mill Road'],
  },
  FR: {
    cities: [
      city('Paris', null, '75011', 48.859, 2.3785),
      city('Lyon', null, '69002', 45.75, 4.83),
    ],
    streets: ['rue Oberkampf', 'rue de Charonne', 'boulevard Voltaire'],
  },
  JP: {
    cities: [
      city('Tokyo', null, '150-0001', 35.6702, 139.7027),
      city('Kyoto', null, '600-8216', 34.9876, 135.759),
    ],
    streets: ['Jingumae', 'Higashi Shiokoji', 'Kaminarimon'],
  },
}

/** A shop's place, and how a bank writes it behind the shop's name. */
export function placeOf(draws: Draws, country: Country): { location: Location; text: string } {
  const { cities, streets } = LANDS[country]
  const { city, region, postal, lat, lon } = draws.pick(cities)
  const address = `${draws.whole(100, 9_899)} ${draws.pick(streets)}`
  const off = (value: number): number => Math.round((value + draws.fraction() / 50) * 1e6) / 1e6
  const location = {
    address,
    city,
    country,
    lat: off(lat),
    lon: off(lon),
    postal_code: postal,
    region,
    store_number: String(draws.whole(100, 2_999)),
  }
  const written = `${location.store_number} ${city.toUpperCase()} ${region ?? country}`
  return {
    location,
    text: country === 'GB' ? `${location.store_number} ${city.toUpperCase()} GB` : written,
  }
}

export const NOWHERE: Location = {
  address: null,
  city: null,
  country: null,
  lat: null,
  lon: null,
  postal_code: null,
  region: null,
  store_number: null,
}
