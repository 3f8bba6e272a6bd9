// Tabs are addresses: links in a row, so that back, a new window and a bookmark work.
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
      {tabs.map(({ label: name, link, current }) => (
        <Link
          key={name}
          {...link}
          className={`${css['tab']} ${current ? css['current'] : ''}`}
          aria-current={current ? 'page' : undefined}
          replace
        >
          {name}
        </Link>
      ))}
    </nav>
  )
}
