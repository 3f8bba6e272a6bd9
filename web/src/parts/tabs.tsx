// Tabs are addresses: links in a row, so that back, a new window and a bookmark work. Where they
// are more than the window is wide, the current one is in the middle of it.
import { Link, type LinkProps } from '@tanstack/react-router'
import css from './tabs.module.css'

interface Tab {
  label: string
  link: LinkProps
  current: boolean
}

export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav aria-label={label} className={css['tabs']}>
      {tabs.map(({ label: name, link, current: isCurrent }) => (
        <Link
          key={name}
          {...link}
          ref={isCurrent ? intoMiddle : undefined}
          className={`${css['tab']} ${isCurrent ? css['current'] : ''}`}
          aria-current={isCurrent ? 'page' : undefined}
          replace
        >
          {name}
        </Link>
      ))}
    </nav>
  )
}

function intoMiddle(tab: HTMLElement | null): void {
  const nav = tab?.parentElement
  if (nav) nav.scrollLeft = tab.offsetLeft + (tab.offsetWidth - nav.clientWidth) / 2
}
