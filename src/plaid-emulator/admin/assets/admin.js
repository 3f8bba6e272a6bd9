// Keeps the upper part of the page fresh, unless somebody is using it or looks elsewhere.
const live = document.getElementById('live')
const everyMs = 2000

async function refresh() {
  if (document.hidden || live.contains(document.activeElement)) return
  const answer = await fetch('/emulator/live')
  if (answer.status === 401) location.reload()
  if (answer.ok) live.innerHTML = await answer.text()
}

if (live !== null) setInterval(() => refresh().catch(() => {}), everyMs)
