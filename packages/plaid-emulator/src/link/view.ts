// What a pane is drawn from, and what several panes show.
import type { Institution } from '../world/institutions.ts'
import { logoOf } from '../world/logo.ts'
import type { Flow, Terms } from './flow.ts'
import { type Html, html } from './html.ts'

export interface PaneView {
  clientName: string
  products: readonly string[]
  flow: Flow
  terms: Terms
  /** In update mode, whose Item it is. */
  username: string | null
  /** This institution cannot be had at all: another one must be chosen. */
  isGone: boolean
  search(query: string): readonly Institution[]
  /** Where the page leads in the end; null where the person just closes it. */
  completionUri: string | null
  /** Where somebody who left the hosted page can begin again. */
  startUri: string
  framed: boolean
  finished: boolean
  /** The form that leads to the bank's own page opens it there. */
  oauthTarget: '_self' | '_top' | 'plaid-oauth'
}

/** Plaid shows no longer name than this. */
const CLIENT_NAME_LENGTH_MAX = 30

export function clientNameOf(name: string): string {
  return name.length > CLIENT_NAME_LENGTH_MAX ? 'This Application' : name
}

export function logo(institution: Institution): Html {
  return html`<img
    class="logo"
    src="data:image/png;base64,${logoOf(institution)}"
    alt=""
    width="40"
    height="40"
  />`
}

export function complaintOf(complaint: string | null): Html | null {
  return complaint === null ? null : html`<p role="alert" id="complaint">${complaint}</p>`
}

/** Where a person signs in: a pane of Link, or a bank's own page. */
interface SignIn {
  username: string
  /** In update mode the person is known. */
  isKnown: boolean
  complaint: string | null
  /** What gives an input the focus. */
  focus: Html
}

export function signInFields({ username, isKnown, complaint, focus }: SignIn): Html {
  const wrong = complaint !== null && html` aria-invalid="true" aria-describedby="complaint"`
  return html`<label for="username">User name</label>
    <input
      id="username"
      name="username"
      value="${username}"
      maxlength="1000"
      required
      autocomplete="off"
      autocapitalize="none"
      spellcheck="false"
      ${isKnown ? html` readonly` : wrong}
      ${!isKnown && focus}
    />
    <label for="password">Password</label>
    <input
      id="password"
      name="password"
      type="password"
      maxlength="65000"
      required
      autocomplete="off"
      ${wrong}
      ${isKnown && focus}
    />`
}
