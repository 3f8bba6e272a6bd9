// What Link tells of a session, in Plaid's words: names of events and views, and where a person was
// who left. https://plaid.com/docs/link/web/#onevent
import type { Round } from '../bank/mfa.ts'
import type { LinkError } from '../fault.ts'
import type { Directory, Flow, Pane } from './flow.ts'

export interface LinkEvent {
  name: string
  metadata: Record<string, string>
}

export function exitEvent(flow: Flow, directory: Pick<Directory, 'found'>): LinkEvent {
  const error = flow.error === null ? {} : errorMetadata(flow.error)
  return { name: 'EXIT', metadata: { exit_status: exitStatus(flow, directory), ...error } }
}

/** Where the person was. https://plaid.com/docs/link/web/#link-web-onexit-status */
export function exitStatus({ pane, mfa }: Flow, directory: Pick<Directory, 'found'>): string {
  switch (pane.name) {
    case 'oauth':
      return 'requires_oauth'
    case 'devices':
      return 'choose_device'
    case 'mfa':
      return `requires_${mfa?.rounds[pane.round]?.type ?? 'code'}`
    case 'accounts':
      return 'requires_account_selection'
    case 'error':
      return pane.error.error_code === 'INSTITUTION_NO_LONGER_SUPPORTED'
        ? 'institution_not_supported'
        : 'requires_credentials'
    case 'institutions':
      return directory.found(pane.query) === 0 ? 'institution_not_found' : 'requires_credentials'
    default:
      return 'requires_credentials'
  }
}

export function transition(flow: Flow): LinkEvent {
  const mfa = mfaType(flow)
  const metadata = { view_name: VIEWS[flow.pane.name], ...(mfa === null ? {} : { mfa_type: mfa }) }
  return { name: 'TRANSITION_VIEW', metadata }
}

function mfaType({ pane, mfa }: Flow): Round['type'] | 'device' | null {
  if (pane.name === 'devices') return 'device'
  return pane.name === 'mfa' ? (mfa?.rounds[pane.round]?.type ?? null) : null
}

const VIEWS: Readonly<Record<Pane['name'], string>> = {
  consent: 'CONSENT',
  institutions: 'SELECT_INSTITUTION',
  credentials: 'CREDENTIAL',
  oauth: 'OAUTH',
  devices: 'MFA',
  mfa: 'MFA',
  accounts: 'SELECT_ACCOUNT',
  error: 'ERROR',
  success: 'CONNECTED',
  exited: 'EXIT',
}

export function errorEvent(error: LinkError): LinkEvent {
  return { name: 'ERROR', metadata: errorMetadata(error) }
}

function errorMetadata({ error_code, error_message, error_type }: LinkError) {
  return { error_code, error_message, error_type }
}
