// An OAuth-like bank's own page: not Link's, so it has the bank's name and colour, and it knows
// nothing of the application but the name.
import type { Institution } from '../world/institutions.ts'
import { html } from './html.ts'
import type { Page } from './page.ts'
import { complaintOf, logo, signInFields } from './view.ts'

export function bankPage(
  institution: Institution,
  clientName: string,
  attempt: { username: string; complaint: string | null },
): Page {
  return {
    title: `${institution.name}: online banking`,
    isBank: true,
    body: html`<div class="cloth">${logo(institution)}</div>
      <h1>${institution.name}</h1>
      <p>Sign in to give <strong>${clientName}</strong> access to your accounts.</p>
      ${complaintOf(attempt.complaint)}
      <form method="post">
        ${signInFields({ ...attempt, isKnown: false, focus: html`autofocus` })}
        <button name="action" value="allow" class="main">Sign in and allow access</button>
      </form>
      <form method="post">
        <button name="action" value="deny" class="quiet">Do not allow</button>
      </form>`,
    hint: html`This is the bank’s page, not Link. Sign in as <code>user_good</code> with
      <code>pass_good</code>.`,
  }
}

export function returnPage(clientName: string): Page {
  return {
    title: 'You may close this page',
    body: html`<div role="status">
        <h1>You may close this page</h1>
        <p>Go on at ${clientName}.</p>
      </div>
      <script type="module" src="/link/v2/stable/bank-return.js"></script>`,
  }
}
