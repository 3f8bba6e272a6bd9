// Keeps what changes by itself fresh, but for the part that somebody is using; a page that nobody
// looks at rests.
const everyMs = 2000

const isUsed = (part) => part.contains(document.activeElement)

async function refresh() {
  if (document.hidden) return
  const answer = await fetch('/emulator/live')
  if (answer.status === 401) location.reload()
  if (!answer.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of fresh.querySelectorAll('.live')) {
    const old = document.getElementById(part.id)
    if (isUsed(old)) continue
    const places = [...old.querySelectorAll('.scroll')].map((table) => table.scrollLeft)
    old.replaceWith(part)
    for (const [i, table] of part.querySelectorAll('.scroll').entries()) {
      table.scrollLeft = places[i] ?? 0
    }
  }
}

// A code that signs in once comes behind the mark, which no log and no other site is told.
const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1]
if (code !== undefined) {
  history.replaceState(null, '', location.pathname)
  const token = document.getElementById('token')
  if (token !== null) {
    token.value = code
    token.form.submit()
  }
}

if (document.querySelector('.live') !== null) setInterval(() => refresh().catch(() => {}), everyMs)
