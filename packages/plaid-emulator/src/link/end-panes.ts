// How Link ends, well or not: the error that can be overcome, success, and having left.
import type { LinkError } from '../fault.ts'
import type { Institution } from '../world/institutions.ts'
import { type Html, html } from './html.ts'
import { ALERT, CHECK, CLOSE, type Page } from './page.ts'
import type { PaneView } from './view.ts'

/** A request that is wrong, as a custom user's JSON may be, is mended by whoever wrote it. */
function forDeveloper(error: LinkError): string {
  return error.error_type === 'INVALID_REQUEST' ? `: ${error.error_message}` : ''
}

export function failure(
  error: LinkError,
  institution: Institution | undefined,
  view: PaneView,
): Page {
  const title = TITLES[error.error_code] ?? 'Something went wrong'
  return {
    title,
    bar: { exit: true },
    body: html`<div class="badge bad">${ALERT}</div>
      <div role="alert">
        <h1>${title}</h1>
        <p>
          ${error.display_message ?? `${institution?.name ?? 'Your bank'} could not be connected.`}
        </p>
      </div>
      <p class="small"><code>${error.error_code}</code>${forDeveloper(error)}</p>
      <div class="foot">
        <form method="post">
          <button name="action" value="retry" class="main">
            ${view.isGone ? 'Choose another bank' : 'Try again'}
          </button>
        </form>
        <form method="post"><button name="action" value="exit" class="quiet">Exit</button></form>
      </div>`,
  }
}

const TITLES: Readonly<Record<string, string>> = {
  INSTITUTION_DOWN: 'This bank is not available',
  INSTITUTION_NOT_RESPONDING: 'This bank is not responding',
  INSTITUTION_NOT_AVAILABLE: 'This bank is not available',
  INSTITUTION_NO_LONGER_SUPPORTED: 'This bank is not supported',
  PRODUCTS_NOT_SUPPORTED: 'Connectivity not supported',
  ITEM_LOCKED: 'Your account is locked',
  INVALID_MFA: 'That answer was not right',
  INVALID_UPDATED_USERNAME: 'That is another user',
  NO_ACCOUNTS: 'No accounts found',
  USER_SETUP_REQUIRED: 'Your bank needs something of you',
  ACCESS_NOT_GRANTED: 'Access was not given',
}

export function success(institution: Institution | undefined, view: PaneView): Page {
  const title = view.terms.updates ? 'Reconnected' : 'Success'
  const done = view.terms.updates
    ? `${institution?.name} is connected with ${view.clientName} again.`
    : `${institution?.name ?? 'Your bank'} is connected with ${view.clientName}.`
  return {
    title,
    body: html`<div class="badge good">${CHECK}</div>
      <div role="status">
        <h1>${title}</h1>
        <p>${done}</p>
      </div>
      <div class="foot">${ending(view)}</div>`,
  }
}

/** In a session of several banks one goes on; else one goes back to the application. */
function ending(view: PaneView): Html {
  if (view.terms.multiItem && !view.finished) {
    return html`<form method="post">
        <button name="action" value="done" class="main">Finish</button>
      </form>
      <form method="post">
        <button name="action" value="more" class="quiet">Add another bank</button>
      </form>`
  }
  if (view.framed) {
    return html`<button type="button" class="main" id="finish" disabled>Finish</button>`
  }
  return leaveOr(view, 'You may close this page.')
}

function leaveOr({ completionUri, clientName }: PaneView, sentence: string): Html {
  if (completionUri === null) return html`<p>${sentence}</p>`
  return html`<a class="main" href="${completionUri}">Back to ${clientName}</a>`
}

export function exited(view: PaneView): Page {
  return {
    title: 'You left Link',
    body: html`<div class="badge">${CLOSE}</div>
      <div role="status">
        <h1>You left Link</h1>
        <p>Nothing was connected with ${view.clientName}.</p>
      </div>
      ${
        !view.framed &&
        html`<div class="foot">
          ${leaveOr(view, 'You may close this page.')}
          <a class="quiet" href="${view.startUri}">Begin again</a>
        </div>`
      }`,
  }
}

export function brokenPage(sentence: string, framed: boolean): Page {
  return {
    title: 'This link does not work',
    body: html`<div class="badge bad">${ALERT}</div>
      <div role="alert">
        <h1>This link does not work</h1>
        <p>${sentence}</p>
      </div>
      <div class="foot">
        ${framed && html`<button type="button" class="main" id="finish" disabled>Close</button>`}
      </div>`,
  }
}
