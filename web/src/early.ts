// Runs before the first paint, as a classic script: the theme, so that nothing flashes.
const chosen = localStorage.getItem('tartan.theme')
const isDark =
  chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light'
