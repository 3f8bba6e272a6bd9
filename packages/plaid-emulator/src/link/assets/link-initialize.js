// window.Plaid, as Plaid's own script offers it: the same functions, options and callbacks, with the
// emulator's Link in the frame. https://plaid.com/docs/link/web/
;(() => {
  // whoever serves this file writes its own address here
  const server = 'https://cdn.plaid.com'
  const SOURCE = 'plaid-emulator-link'
  const EVENT_FIELDS = [
    'account_number_mask',
    'error_code',
    'error_message',
    'error_type',
    'exit_status',
    'institution_id',
    'institution_name',
    'institution_search_query',
    'is_update_mode',
    'match_reason',
    'mfa_type',
    'routing_number',
    'selection',
    'view_name',
  ]
  const none = () => {}

  /** Link in a frame, which `place(frame)` puts somewhere; that returns what takes it away again. */
  function createHandler(config, place) {
    const { onSuccess = none, onExit = none, onLoad = none } = config
    const report = reporter(config.onEvent ?? none)
    let frame = null
    let takeAway = none
    let view = null
    let leaves = false

    function open() {
      if (frame !== null) return
      frame = document.createElement('iframe')
      frame.title = 'Link: connect your bank'
      frame.src = addressOf(config)
      frame.style.cssText = 'border:0;width:100%;height:100%;display:block;color-scheme:light dark'
      addEventListener('message', hear)
      takeAway = place(frame, exit)
    }

    function close() {
      if (frame === null) return
      removeEventListener('message', hear)
      takeAway()
      frame = null
      leaves = false
    }

    function hear({ origin, source, data }) {
      const isOurs = origin === server && source === frame?.contentWindow
      if (!isOurs || data?.source !== SOURCE) return
      if (data.type === 'end') return end()
      view = data
      if (leaves) leave()
      // the application hears of the handoff when the person is done with the last pane
      report(view, ({ name }) => name !== 'HANDOFF')
    }

    function end() {
      const { success, exit: left } = view
      close()
      report(view, () => true)
      if (success === null) onExit(left.error, left.metadata)
      else onSuccess(success.public_token, success.metadata)
    }

    /** The session ends at the server, which says how; a forced exit is not seen any more. */
    function exit(options) {
      if (frame === null) return
      if (options?.force === true) frame.parentElement.style.display = 'none'
      leave()
      // a page that is still on its way does not hear that
      leaves = true
    }

    function leave() {
      leaves = false
      frame.contentWindow.postMessage({ type: 'leave' }, server)
    }

    setTimeout(() => onLoad(), 0)
    return { open, exit, destroy: close, submit: none }
  }

  function addressOf({ token, receivedRedirectUri }) {
    const url = new URL('/link/frame', server)
    url.searchParams.set('token', token ?? '')
    url.searchParams.set('origin', location.origin)
    if (receivedRedirectUri) {
      const state = new URL(receivedRedirectUri).searchParams.get('oauth_state_id')
      url.searchParams.set('oauth_state_id', state ?? '')
    }
    return url.href
  }

  /** Every event once, with all the fields that Plaid's have. */
  function reporter(onEvent) {
    const told = new Set()
    const fields = Object.fromEntries(EVENT_FIELDS.map((field) => [field, null]))
    return ({ events, linkSessionId: link_session_id }, wanted) => {
      for (const { id, name, timestamp, metadata } of events.filter(wanted)) {
        if (told.has(id)) continue
        told.add(id)
        onEvent(name, { ...fields, ...metadata, timestamp, link_session_id })
      }
    }
  }

  /** Over the page: the rest is inert and stands still, and the focus returns to where it was. */
  function overPage(frame, leave) {
    const dialog = document.createElement('dialog')
    dialog.setAttribute('aria-label', 'Link')
    dialog.style.cssText =
      'position:fixed;inset:0;margin:auto;padding:0;border:0;overflow:hidden;' +
      // a card on a wide screen; on a narrow one, all of it
      'width:min(100vw,26rem);height:min(100dvh,max(46rem,(26rem - 100vw)*999));' +
      'max-width:none;max-height:none;' +
      'border-radius:min(1.25rem,max(0px,100vw - 26rem));background:Canvas;' +
      'color-scheme:light dark;box-shadow:0 0 0 100vmax rgb(0 0 0/.55)'
    const { overflow } = document.documentElement.style
    document.documentElement.style.overflow = 'hidden'
    dialog.append(frame)
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      leave()
    })
    document.body.append(dialog)
    dialog.showModal()
    frame.addEventListener('load', () => frame.focus())
    return () => {
      document.documentElement.style.overflow = overflow
      dialog.close()
      dialog.remove()
    }
  }

  function insidePage(target) {
    return (frame) => {
      target.append(frame)
      return () => frame.remove()
    }
  }

  window.Plaid = {
    version: '2.0.0-emulator',
    create: (config) => createHandler(config, overPage),
    createEmbedded: (config, target) => {
      const handler = createHandler(config, insidePage(target))
      handler.open()
      return { destroy: handler.destroy }
    },
  }
})()
