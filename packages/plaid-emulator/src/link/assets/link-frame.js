// Inside an application's frame: tells link-initialize.js what happened, and does what it asks. The
// page names the one origin that may hear it, and every message goes to that origin only.
const news = JSON.parse(document.getElementById('news')?.textContent ?? 'null')

function tell(message) {
  parent.postMessage({ source: 'plaid-emulator-link', ...message }, news.origin)
}

function leave() {
  const form = document.getElementById('exit')
  if (form !== null) form.querySelector('button').click()
  else document.getElementById('finish')?.click()
}

function start() {
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') leave()
  })
  addEventListener('message', ({ origin, source, data }) => {
    if (origin === news.origin && source === parent && data?.type === 'leave') leave()
    // the bank's own page, in a window of its own, is done
    if (origin === location.origin && data === 'plaid-emulator-returned') location.reload()
  })
  tell({ type: 'view', ...news.view })
  if (news.ends) tell({ type: 'end' })
  document.querySelector('[data-focus]')?.focus()
  const finish = document.getElementById('finish')
  if (finish === null) return
  finish.addEventListener('click', () => tell({ type: 'end' }))
  // until now nobody would have heard it
  finish.disabled = false
}

if (news !== null) start()
