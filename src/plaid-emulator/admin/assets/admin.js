// Keeps the upper part of the page fresh, unless somebody is using it or looks elsewhere.
const live = document.getElementById('live')
const everyMs = 2000

const isInUse = () => document.hidden || live.contains(document.activeElement)

async function refresh() {
  if (isInUse()) return
  const answer = await fetch('/emulator/live')
  if (answer.status === 401) location.reload()
  const text = await answer.text()
  if (answer.ok && !isInUse()) live.innerHTML = text
}

if (live !== null) setInterval(() => refresh().catch(() => {}), everyMs)
