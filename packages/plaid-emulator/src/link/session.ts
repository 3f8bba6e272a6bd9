// One person's way through Link, as a pure state machine: (flow, input) → flow, what happened, and
// what is to be done. Nothing here knows of pages, tokens or time. An input that does not fit where
// the person is changes nothing, so a stale form and the browser's back button do no harm.
import { isRight, type Login, mfaOf } from '../bank/mfa.ts'
import type { LinkError } from '../fault.ts'
import { errorEvent, exitEvent, type LinkEvent, transition } from './events.ts'
import type { Directory, Effect, Flow, Input, Pane, Terms } from './flow.ts'

const CONSENT: Pane = { name: 'consent' }

export interface Step {
  flow: Flow
  events: readonly LinkEvent[]
  effects: readonly Effect[]
}

export function begin(terms: Terms): Step {
  const flow: Flow = {
    pane: CONSENT,
    institutionId: terms.institutionId,
    login: null,
    mfa: null,
    offers: [],
    error: null,
    linked: 0,
  }
  return { flow, events: [{ name: 'OPEN', metadata: {} }, transition(flow)], effects: [] }
}

/** The same, when the world refused what the machine had the shell do. */
export function fail(flow: Flow, error: LinkError): Step {
  const next: Flow = { ...flow, pane: { name: 'error', error }, error, mfa: null }
  return { flow: next, events: [errorEvent(error), transition(next)], effects: [] }
}

/** One step, with the change of view that it made among its events. */
export function step(flow: Flow, input: Input, terms: Terms, directory: Directory): Step {
  const made = move(flow, input, terms, directory)
  if (made === null) return { flow, events: [], effects: [] }
  const next = { ...flow, ...made.flow }
  const moved = next.pane.name !== flow.pane.name || next.pane.name === 'mfa'
  return {
    flow: next,
    events: [...(made.events ?? []), ...(moved ? [transition(next)] : []), ...(made.last ?? [])],
    effects: made.effects ?? [],
  }
}

interface Move {
  flow: Partial<Flow>
  events?: LinkEvent[]
  /** Events that follow the change of view. */
  last?: LinkEvent[]
  effects?: Effect[]
}

function move(flow: Flow, input: Input, terms: Terms, directory: Directory): Move | null {
  const { pane } = flow
  if (isOver(pane)) return afterwards(flow, input, terms)
  switch (input.kind) {
    case 'exit':
      return exit(flow, directory)
    case 'continue':
      return pane.name === 'consent' ? enter(terms, directory) : null
    case 'search':
      return search(pane, input.query)
    case 'choose':
      return pane.name === 'consent' ? null : choose(input.institutionId, terms, directory)
    case 'back':
      return back(flow, terms)
    case 'retry':
      return pane.name === 'error' ? retry(flow, terms, directory) : null
    case 'authorize':
      return pane.name === 'oauth'
        ? { flow: {}, events: [{ name: 'OPEN_OAUTH', metadata: {} }] }
        : null
    case 'authorized':
      return pane.name === 'oauth' ? signedIn(flow, input.login, terms, directory) : null
    case 'denied':
      return pane.name === 'oauth' ? denied() : null
    case 'sign-in':
      return pane.name === 'credentials' ? signIn(flow, input.login, terms, directory) : null
    case 'device':
      return chooseDevice(flow, input.device)
    case 'answers':
      return pane.name === 'mfa' ? answer(flow, pane.round, input.answers, terms, directory) : null
    case 'accounts':
      return pane.name === 'accounts' ? share(flow, input.keys, terms) : null
    default:
      return null
  }
}

export function isOver(pane: Pane): boolean {
  return pane.name === 'success' || pane.name === 'exited'
}

/** A session with several Items goes on after each, until the person is done. */
function afterwards(flow: Flow, input: Input, terms: Terms): Move | null {
  if (flow.pane.name !== 'success' || !terms.multiItem) return null
  if (input.kind === 'more') return { flow: { ...FORGET, pane: INSTITUTIONS } }
  if (input.kind !== 'done' && input.kind !== 'exit') return null
  return { flow: {}, last: [{ name: 'HANDOFF', metadata: {} }], effects: [{ kind: 'finish' }] }
}

const INSTITUTIONS: Pane = { name: 'institutions', query: '' }
const FORGET = { institutionId: null, login: null, mfa: null, offers: [], error: null }

/** After consent: the institution at hand, or the choice of one. */
function enter(terms: Terms, directory: Directory): Move {
  if (terms.institutionId === null) return { flow: { pane: INSTITUTIONS } }
  return choose(terms.institutionId, terms, directory) ?? { flow: { pane: INSTITUTIONS } }
}

function search(pane: Pane, query: string): Move | null {
  if (pane.name !== 'institutions') return null
  const metadata = { institution_search_query: query }
  return {
    flow: { pane: { name: 'institutions', query } },
    events: [{ name: 'SEARCH_INSTITUTION', metadata }],
  }
}

function choose(institutionId: string, terms: Terms, directory: Directory): Move | null {
  const institution = directory.institution(institutionId)
  if (
    institution === undefined ||
    (terms.institutionId !== null && terms.institutionId !== institutionId)
  )
    return null
  const { oauth, refusal } = institution
  const pane: Pane = oauth
    ? { name: 'oauth' }
    : { name: 'credentials', username: '', complaint: null }
  const name = refusal === null ? 'SELECT_INSTITUTION' : 'SELECT_DOWN_INSTITUTION'
  const made = { flow: { ...FORGET, institutionId, pane }, events: [{ name, metadata: {} }] }
  return refusal === null ? made : failed(made, refusal)
}

function signIn(flow: Flow, login: Login, terms: Terms, directory: Directory): Move {
  const made = signedIn(flow, login, terms, directory)
  return { ...made, events: [{ name: 'SUBMIT_CREDENTIALS', metadata: {} }, ...(made.events ?? [])] }
}

function signedIn(flow: Flow, login: Login, terms: Terms, directory: Directory): Move {
  const refusal = directory.refusal(flow.institutionId ?? '', login)
  if (refusal !== null) return refused(flow, login, refusal)
  const mfa = flow.pane.name === 'oauth' ? null : mfaOf(login)
  if (mfa === null) return offer({ ...flow, login }, terms, directory)
  const pane: Pane = mfa.devices.length > 0 ? { name: 'devices' } : { name: 'mfa', round: 0 }
  return { flow: { login, mfa, pane, error: null } }
}

/** Wrong credentials are said where they were typed; everything else has a pane of its own. */
function refused(flow: Flow, { username }: Login, error: LinkError): Move {
  if (flow.pane.name !== 'credentials' || error.error_code !== 'INVALID_CREDENTIALS') {
    return failed({ flow: {} }, error)
  }
  const complaint = error.display_message ?? error.error_message
  const pane: Pane = { name: 'credentials', username, complaint }
  return { flow: { pane, error }, events: [errorEvent(error)] }
}

function failed(made: Move, error: LinkError): Move {
  const pane: Pane = { name: 'error', error }
  const events = [...(made.events ?? []), errorEvent(error)]
  return { ...made, flow: { ...made.flow, pane, error, mfa: null }, events }
}

function denied(): Move {
  return failed(
    { flow: {}, events: [{ name: 'FAIL_OAUTH', metadata: {} }] },
    {
      error_type: 'ITEM_ERROR',
      error_code: 'ACCESS_NOT_GRANTED',
      error_message: 'access to this product was not granted for the account',
      display_message: 'You did not give access at your bank, so nothing was connected.',
    },
  )
}

function chooseDevice(flow: Flow, device: string): Move | null {
  const known = flow.pane.name === 'devices' && flow.mfa?.devices.includes(device) === true
  if (!known) return null
  const events = [{ name: 'SUBMIT_MFA', metadata: { mfa_type: 'device' } }]
  return { flow: { pane: { name: 'mfa', round: 0 } }, events }
}

function answer(
  flow: Flow,
  number: number,
  answers: readonly string[],
  terms: Terms,
  directory: Directory,
): Move | null {
  const round = flow.mfa?.rounds[number]
  if (round === undefined) return null
  const events = [{ name: 'SUBMIT_MFA', metadata: { mfa_type: round.type } }]
  if (!isRight(round, answers)) return failed({ flow: {}, events }, INVALID_MFA)
  if (flow.mfa?.rounds[number + 1] !== undefined) {
    return { flow: { pane: { name: 'mfa', round: number + 1 } }, events }
  }
  const made = offer(flow, terms, directory)
  return { ...made, events: [...events, ...(made.events ?? [])] }
}

const INVALID_MFA: LinkError = {
  error_type: 'ITEM_ERROR',
  error_code: 'INVALID_MFA',
  error_message: 'the provided MFA response(s) were not correct',
  display_message: 'The answer that you gave was not correct. Please sign in again.',
}

/** The person is known to the bank: the accounts are chosen, or where nothing is, linked. */
function offer(flow: Flow, terms: Terms, directory: Directory): Move {
  const { institutionId, login } = flow
  if (institutionId === null || login === null) return { flow: {} }
  const offers = directory.offers(institutionId, login)
  if (offers.length === 0) return failed({ flow: { login } }, NO_ACCOUNTS)
  const known = { ...flow, login, offers, error: null }
  if (terms.selects !== 'none') {
    return { flow: { login, offers, error: null, pane: { name: 'accounts', complaint: null } } }
  }
  return link(
    known,
    offers.map((each) => each.key),
    terms,
  )
}

const NO_ACCOUNTS: LinkError = {
  error_type: 'ITEM_ERROR',
  error_code: 'NO_ACCOUNTS',
  error_message: 'no valid accounts were found for this item',
  display_message: 'There is no account here that can be connected with this application.',
}

function share(flow: Flow, keys: readonly string[], terms: Terms): Move {
  const chosen = flow.offers.filter((each) => keys.includes(each.key)).map((each) => each.key)
  const complain = (complaint: string): Move => ({
    flow: { pane: { name: 'accounts', complaint } },
  })
  if (chosen.length === 0) return complain('Choose at least one account.')
  if (terms.selects === 'one' && chosen.length > 1) return complain('Choose one account.')
  return link(flow, chosen, terms)
}

function link(flow: Flow, keys: readonly string[], terms: Terms): Move {
  const { institutionId, login, offers } = flow
  if (institutionId === null || login === null) return { flow: {} }
  const effects: Effect[] = [{ kind: 'link', institutionId, login, keys }]
  const done = { login, offers, error: null, mfa: null, linked: flow.linked + 1 }
  const made = { flow: { ...done, pane: { name: 'success' } as const }, effects }
  if (terms.multiItem) return made
  effects.push({ kind: 'finish' })
  return { ...made, last: [{ name: 'HANDOFF', metadata: {} }] }
}

function back(flow: Flow, terms: Terms): Move | null {
  if (flow.pane.name === 'institutions') return { flow: { pane: CONSENT } }
  if (flow.pane.name === 'consent') return null
  if (terms.institutionId !== null)
    return { flow: { ...FORGET, institutionId: terms.institutionId, pane: CONSENT } }
  return { flow: { ...FORGET, pane: INSTITUTIONS } }
}

/** Nobody gets anywhere at this institution, and the person is free to choose another. */
export function isGone({ institutionId }: Flow, terms: Terms, directory: Directory): boolean {
  if (terms.institutionId !== null) return false
  return institutionId === null || directory.institution(institutionId)?.refusal !== null
}

/** After an error one signs in again, or where the institution cannot be had, chooses another. */
function retry(flow: Flow, terms: Terms, directory: Directory): Move | null {
  if (isGone(flow, terms, directory)) return { flow: { ...FORGET, pane: INSTITUTIONS } }
  const made = choose(flow.institutionId ?? '', terms, directory)
  return made && { ...made, events: (made.events ?? []).filter(({ name }) => name === 'ERROR') }
}

/** An Item that was linked before is kept: who leaves then has finished. */
function exit(flow: Flow, directory: Directory): Move {
  if (flow.linked > 0) {
    const last = [{ name: 'HANDOFF', metadata: {} }]
    return { flow: { pane: { name: 'success' } }, last, effects: [{ kind: 'finish' }] }
  }
  const last = [exitEvent(flow, directory)]
  return { flow: { pane: { name: 'exited' } }, last, effects: [{ kind: 'exit' }] }
}
