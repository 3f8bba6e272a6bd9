// Institutions, as the directory shows them.
import { PlaidFault } from '../../fault.ts'
import { bankById } from '../../world/institutions.ts'
import { institutionBody } from '../bodies.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { bool, codes, maybe, text } from '../fields.ts'

const BY_ID = {
  institution_id: text,
  country_codes: codes,
  options: maybe({
    include_optional_metadata: bool,
    include_status: bool,
    include_auth_metadata: bool,
    include_payment_initiation_metadata: bool,
  }),
}

export const institutionEndpoints: Endpoint[] = [
  endpoint('/institutions/get_by_id', BY_ID, (context, body) => {
    const bank = bankById(body.institution_id)
    if (bank === undefined || !body.country_codes.includes(bank.country)) {
      throw new PlaidFault('INVALID_INSTITUTION')
    }
    return { institution: institutionBody(context, bank, body.options ?? {}) }
  }),
]
